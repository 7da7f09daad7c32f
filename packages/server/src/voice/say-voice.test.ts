import { expect, it } from 'vitest';
import { readSynthesis } from '../config/speech.ts';
import { sayVoice } from './say-voice.ts';

const program = readSynthesis({}).value;
const service = readSynthesis({
  TUTTI_SPEECH_URL: 'http://127.0.0.1:9/v1',
  TUTTI_SPEECH_VOICES: 'alloy, de=onyx, de-AT=echo, woman=nova',
}).value;

it.each([
  [undefined, 'de-DE', undefined, 'onyx'],
  [undefined, 'de-AT', undefined, 'echo'],
  [undefined, 'fr-FR', undefined, undefined],
  ['man', 'de-DE', 'm3', 'onyx'],
  ['woman', 'de-DE', 'f3', 'nova'],
  ['alice', 'en-US', 'f3', 'nova'],
  ['Polly.Vicki', 'de-DE', undefined, 'onyx'],
  ['Google.en-US-Standard-C', 'en-US', undefined, undefined],
  ['shimmer', 'de-DE', undefined, 'shimmer'],
])('voice="%s" in %s is %s of espeak-ng, and %s of a service', (voice, language, own, other) => {
  expect(sayVoice(program, voice, language)).toBe(own);
  expect(sayVoice(service, voice, language)).toBe(other);
});

it('voices of a service that cannot be read are problems', () => {
  expect(
    readSynthesis({ TUTTI_SPEECH_URL: 'http://h/v1', TUTTI_SPEECH_VOICES: 'de=' }).problems,
  ).toEqual([expect.stringContaining('TUTTI_SPEECH_VOICES')]);
  expect(readSynthesis({ TUTTI_SPEECH_VOICES: 'alloy' }).problems).toEqual([
    expect.stringContaining('needs TUTTI_SPEECH_URL'),
  ]);
});
