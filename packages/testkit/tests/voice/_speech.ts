import { spawnSync } from 'node:child_process';
import { createEspeakEngine, createPocketsphinxEngine } from '@tutti/media';
import type { PhoneCall } from '../../src/index.ts';

const speaks = spawnSync('espeak-ng', ['--version']).status === 0;

/** Whether tests of spoken words are left out: without espeak-ng, unless everything is required. */
export const needsSpeech = !speaks && process.env['TUTTI_REQUIRE_ALL'] !== '1';

/** Whether tests that have words recognised are left out: without both programs, unless everything is required. */
export const needsHearing =
  needsSpeech ||
  (process.env['TUTTI_REQUIRE_ALL'] !== '1' &&
    (await createPocketsphinxEngine()
      .check('en-US')
      .then(
        () => false,
        () => true,
      )));

/** Somebody who says it, for a phone to play. */
export async function spoken(text: string): Promise<Int16Array> {
  return (await createEspeakEngine().synthesize({ text, language: 'en-US' })).samples;
}

/** Hears that the server says something: words, or without espeak-ng the tone in their place. */
export function hearsWords(call: PhoneCall): Promise<void> {
  // Making speech takes a program its time when the machine is busy.
  return call.hears(needsSpeech ? { tone: 330 } : { speech: true }, { timeoutMs: 15_000 });
}
