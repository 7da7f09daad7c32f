import type { Finding } from '../rules.ts';
import { chinese } from './chinese.ts';
import { english } from './english.ts';
import type { Text, Texts } from './text.ts';

/** Languages that findings are told in, by their tag. */
export const languages = ['en', 'zh'] as const;
export type Language = (typeof languages)[number];

const textsOf: Readonly<Record<Language, Texts>> = { en: english, zh: chinese };

/** What is told of a finding, in a language. */
export function textOf<Found extends Finding>(finding: Found, language: Language): Text {
  const tell = textsOf[language][finding.rule] as (values: Found['values']) => Text;
  return tell(finding.values);
}

/** The language of a locale as `LANG` gives it: `zh_CN.UTF-8`. English where it is neither. */
export function languageOf(locale: string | undefined): Language {
  return locale !== undefined && /^zh(?![a-z])/i.test(locale) ? 'zh' : 'en';
}
