import type { Part } from '../examine-project.ts';
import type { Language } from '../texts/texts.ts';

const words: Readonly<Record<Language, Readonly<Record<Part, string>>>> = {
  en: {
    files: 'files of code',
    centres: 'configuration centres',
    SIDs: 'SIDs',
    webhooks: 'webhooks',
  },
  zh: { files: '个代码文件', centres: '个配置中心', SIDs: '个 SID', webhooks: '个 Webhook' },
};

/** How far examining a project is, in a line. */
export function tellProgress(part: Part, looked: number, all: number, language: Language): string {
  const what = words[language][part];
  return language === 'zh'
    ? `已检查 ${looked}/${all} ${what}`
    : `Looked at ${looked} of ${all} ${what}`;
}
