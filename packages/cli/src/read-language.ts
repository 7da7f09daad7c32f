import { languageOf, languages, type Language } from '@tutti/doctor';
import { CommandError } from './command-error.ts';

/** The language of `--lang`, else of the terminal. @throws CommandError for one that is not spoken */
export function readLanguage(given: string | undefined): Language {
  // The locale of the terminal, as POSIX has it.
  const { LC_ALL, LC_MESSAGES, LANG } = process.env;
  if (given === undefined) return languageOf([LC_ALL, LC_MESSAGES, LANG].find(Boolean));
  const known = languages.find((language) => language === given);
  if (known === undefined) {
    throw new CommandError(`--lang takes ${languages.join(' or ')}, not ${given}.`, 2);
  }
  return known;
}
