import { expect, it } from 'vitest';
import { voiceLanguage } from './voice-language.ts';

it.each([
  ['Polly.Vicki', 'de-DE'],
  ['Polly.Joanna-Neural', 'en-US'],
  ['Polly.Léa-Neural', 'fr-FR'],
  ['Polly.Lea', 'fr-FR'],
  ['Polly.Zhiyu', 'cmn-CN'],
  ['Google.pt-BR-Standard-A', 'pt-BR'],
  ['Google.cmn-CN-Chirp3-HD-Aoede', 'cmn-CN'],
  ['Polly.Nobody', undefined],
  ['Google.Nobody', undefined],
  ['alice', undefined],
])('%s speaks %s', (voice, language) => {
  expect(voiceLanguage(voice)).toBe(language);
});
