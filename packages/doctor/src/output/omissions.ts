import type { Omission } from '../examine-project.ts';
import type { Language } from '../texts/texts.ts';

const whole = { en: 'all keys', zh: '全部键' } as const;

/** What was not looked at, and what to do about it. */
export function tellOmission(omission: Omission, language: Language): string {
  const { name } = omission;
  const isEnglish = language === 'en';
  switch (omission.part) {
    case 'centre':
      return isEnglish
        ? `Could not look at ${name}: ${omission.cannot}.`
        : `无法检查 ${name}:${omission.cannot}。`;
    case 'centre-empty': {
      const prefix = omission.prefix === '' ? whole[language] : omission.prefix;
      return isEnglish
        ? `${name} has no keys under ${prefix}: check --prefix.`
        : `${name} 在 ${prefix} 下没有键:请检查 --prefix。`;
    }
    case 'token-signature':
      return isEnglish
        ? `Not looked at who signed ${name}: the secret of its API key is in no variable.`
        : `没有检查 ${name} 的签名:变量里没有其 API Key 的 Secret。`;
  }
}
