import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { loadAudio, Mp3Encoder, ToneMeter } from '../src/index.ts';

const PIECE = 8000;

function tone(frequencyHz: number, at = 0): Int16Array {
  return Int16Array.from(
    { length: PIECE },
    (_, i) => 8000 * Math.sin((2 * Math.PI * frequencyHz * (at + i)) / 8000),
  );
}

async function* tones(seconds: number): AsyncGenerator<Int16Array, void, undefined> {
  for (let i = 0; i < seconds; i += 1) yield Promise.resolve(tone(600, i * PIECE));
}

/** The part of 20 ms frames in which the tone dominates. */
function heard(samples: Int16Array, frequencyHz: number): number {
  const meter = new ToneMeter();
  const frames = Math.floor(samples.length / 160);
  let having = 0;
  for (let i = 0; i < frames; i += 1) {
    meter.push(samples.subarray(i * 160, (i + 1) * 160));
    if (meter.has(frequencyHz)) having += 1;
  }
  return having / frames;
}

it('encodes what a decoder hears as the same sound', async () => {
  const bytes = await buffer(new Mp3Encoder().encode(tones(3), 1));

  const decoded = await loadAudio(bytes, 'audio/mpeg');
  expect(bytes.length).toBeGreaterThan(3 * 4000);
  expect(bytes.length).toBeLessThan(3.3 * 4000);
  if (!decoded.ok) throw new Error(decoded.error.message);
  expect(decoded.value.durationMs).toBeGreaterThanOrEqual(3000);
  expect(decoded.value.durationMs).toBeLessThan(3300);
  expect(heard(decoded.value.samples, 600)).toBeGreaterThan(0.85);
});

it('encodes two channels, given in turn', async () => {
  const dual = async function* (): AsyncGenerator<Int16Array, void, undefined> {
    yield await Promise.resolve(
      Int16Array.from(
        { length: 2 * PIECE },
        (_, i) => 8000 * Math.sin((2 * Math.PI * (i % 2 === 0 ? 600 : 1100) * (i >> 1)) / 8000),
      ),
    );
  };

  const bytes = await buffer(new Mp3Encoder().encode(dual(), 2));

  // Not mono, in the second byte before the last of a frame's header. ISO/IEC 11172-3 §2.4.2.3
  expect((bytes[3] ?? 0) >> 6).not.toBe(3);
  expect(bytes.length).toBeGreaterThan(8000);
});

it('serves several at once, each its own sound', async () => {
  const encoder = new Mp3Encoder();
  const one = await buffer(new Mp3Encoder().encode(tones(2), 1));

  const all = await Promise.all([1, 2, 3].map(() => buffer(encoder.encode(tones(2), 1))));

  expect(all.map((each) => each.equals(one))).toEqual([true, true, true]);
});

it('gives up its source when the reader leaves, and has room again', async () => {
  const encoder = new Mp3Encoder();
  let hasEnded = false;
  const endless = async function* (): AsyncGenerator<Int16Array, void, undefined> {
    try {
      for (;;) yield await Promise.resolve(tone(600));
    } finally {
      hasEnded = true;
    }
  };
  const all = Array.from({ length: 16 }, () => encoder.encode(endless(), 1));
  expect(encoder.hasRoom).toBe(false);
  const [first] = all;
  await once(first as NodeJS.ReadableStream, 'readable');

  await Promise.all(
    all.map((each) => {
      each.destroy();
      return once(each, 'close');
    }),
  );

  expect([hasEnded, encoder.hasRoom]).toEqual([true, true]);
});

it('fails with what its source fails with', async () => {
  const broken = async function* (): AsyncGenerator<Int16Array, void, undefined> {
    yield await Promise.resolve(tone(600));
    throw new Error('the disk is gone');
  };

  await expect(buffer(new Mp3Encoder().encode(broken(), 1))).rejects.toThrow('the disk is gone');
});
