import { describe, expect, it } from 'vitest';
import { AnswerDetector, createEspeakEngine, type AnswerVerdict } from '../src/index.ts';

const engine = createEspeakEngine();
const isInstalled = await engine.synthesize({ text: 'Installed', language: 'en' }).then(
  () => true,
  () => false,
);
const isRequired = process.env['TUTTI_REQUIRE_ALL'] === '1';

const GREETING =
  'Hello. You have reached the voice mail of John Smith. I cannot take your call right now. Please leave a message after the tone.';
const SILENCE = new Int16Array(8 * 3000);
const BEEP = Int16Array.from({ length: 8 * 400 }, (_, at) => 8000 * Math.sin(at * 0.785));

/** Who answers with these words, and a beep. */
async function answered(
  text: string,
  language: string,
  hasBeep: boolean,
): Promise<AnswerVerdict | undefined> {
  const { samples } = await engine.synthesize({ text, language });
  const detector = new AnswerDetector({
    untilMessageEnd: true,
    timeoutMs: 30_000,
    speechThresholdMs: 2400,
    speechEndThresholdMs: 1200,
    silenceTimeoutMs: 5000,
  });
  const pause = SILENCE.subarray(0, 8 * 500);
  for (const part of [pause, samples, ...(hasBeep ? [pause, BEEP] : []), SILENCE]) {
    for (let at = 0; at + 160 <= part.length; at += 160) {
      const verdict = detector.push(part.subarray(at, at + 160));
      if (verdict !== undefined) return verdict;
    }
  }
  return undefined;
}

describe.skipIf(!isInstalled && !isRequired)(
  'AnswerDetector of spoken words (skipped without espeak-ng)',
  () => {
    it.each(['en-US', 'en-GB', 'de-DE', 'fr-FR', 'es-ES'])(
      'tells a person from a machine that speaks %s',
      async (language) => {
        expect(await answered('Hello?', language, false)).toBe('human');
        expect(await answered('Good morning, Mary speaking.', language, false)).toBe('human');
        expect(await answered(GREETING, language, true)).toBe('machine-end-beep');
        expect(await answered(GREETING, language, false)).toBe('machine-end-silence');
      },
    );
  },
);
