import { expect, test } from 'vitest';
import type { RecognitionEngine } from './recognition-engine.ts';
import { recognizeRecording } from './recognize-recording.ts';

const RATE = 8000;

/** A tone of that many milliseconds. */
function voice(ms: number): Int16Array {
  return Int16Array.from({ length: (ms * RATE) / 1000 }, (_, at) => 8000 * Math.sin(at / 4));
}

function joined(...parts: Int16Array[]): Int16Array {
  return Int16Array.from(parts.flatMap((part) => [...part]));
}

const silence = (ms: number): Int16Array => new Int16Array((ms * RATE) / 1000);

/** An engine that hears these words one after another, and how many milliseconds it was given for each. */
function hearing(...words: string[]) {
  const givenMs: number[] = [];
  const engine: RecognitionEngine = {
    name: 'double',
    check: async () => undefined,
    recognize: async ({ samples }) => {
      givenMs.push((samples.length * 1000) / RATE);
      return { transcript: words.shift() ?? '', confidence: undefined };
    },
  };
  return { engine, givenMs };
}

test('what is said is recognised one utterance after another, without the silence between them', async () => {
  const { engine, givenMs } = hearing('call me', '', 'tomorrow');
  const samples = joined(
    silence(3000),
    voice(1000),
    silence(2000),
    voice(400),
    silence(2000),
    voice(500),
  );

  const text = await recognizeRecording(engine, { samples, language: 'en-US' });

  expect(text).toBe('call me tomorrow');
  expect(givenMs).toHaveLength(3);
  expect(Math.max(...givenMs)).toBeLessThan(2100);
});

test('who speaks without a breath is cut, and nothing of it is lost', async () => {
  const { engine, givenMs } = hearing('one', 'two', 'three');

  const text = await recognizeRecording(engine, { samples: voice(45_000), language: 'en-US' });

  expect(text).toBe('one two three');
  expect(givenMs.reduce((sum, ms) => sum + ms)).toBe(45_000);
});

test('silence is not given to the engine', async () => {
  const { engine, givenMs } = hearing('never');

  expect(await recognizeRecording(engine, { samples: silence(2000), language: 'en-US' })).toBe('');
  expect(givenMs).toEqual([]);
});
