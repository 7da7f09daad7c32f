import { describe, expect, it } from 'vitest';
import {
  dtmfSource,
  loopSource,
  samplesSource,
  silenceSource,
  toneSource,
} from './audio-source.ts';
import type { AudioSource } from './audio-source.ts';
import { DtmfDetector } from './dtmf-detector.ts';

/** Reads as the tick does: frames until one is short. */
function readAll(source: AudioSource, maxFrames = 1000): Int16Array {
  const all: number[] = [];
  const frame = new Int16Array(160);
  for (let i = 0; i < maxFrames; i += 1) {
    const count = source.read(frame);
    all.push(...frame.subarray(0, count));
    if (count < frame.length) {
      break;
    }
  }
  return Int16Array.from(all);
}

describe('audio sources', () => {
  it('give silence of a length that need not be whole frames', () => {
    expect(readAll(silenceSource(25))).toEqual(new Int16Array(200));
  });

  it('give a tone of the level asked for, without a break between frames', () => {
    const samples = readAll(toneSource({ frequenciesHz: [1000], durationMs: 100, levelDbfs: -20 }));

    expect(samples).toHaveLength(800);
    expect(Math.max(...samples)).toBe(3277);
    // 1 kHz at 8 kHz repeats every eight samples.
    expect(samples.subarray(160, 800)).toEqual(samples.subarray(0, 640));
  });

  it('clip tones that are too loud together', () => {
    const loud = toneSource({ frequenciesHz: [1000, 1000], durationMs: 20, levelDbfs: 0 });

    expect(Math.max(...readAll(loud))).toBe(32767);
  });

  it('give samples as they are', () => {
    const samples = Int16Array.from({ length: 333 }, (_, n) => n);

    expect(readAll(samplesSource(samples))).toEqual(samples);
  });

  it('end at once when there is nothing', () => {
    expect(readAll(samplesSource(new Int16Array(0)))).toHaveLength(0);
    expect(readAll(dtmfSource(''))).toHaveLength(0);
    expect(readAll(loopSource(() => silenceSource(0), 0))).toHaveLength(0);
  });

  it('loop without a gap, as often as asked', () => {
    const loop = loopSource(() => samplesSource(Int16Array.of(1, 2, 3)), 70);

    expect(readAll(loop)).toEqual(Int16Array.from({ length: 210 }, (_, n) => (n % 3) + 1));
  });

  it('loop until stopped when the count is zero', () => {
    expect(
      readAll(
        loopSource(() => silenceSource(20), 0),
        50,
      ),
    ).toHaveLength(50 * 160);
  });

  it('dial keys with pauses', () => {
    const source = dtmfSource('1w#');
    let heard = '';
    const detector = new DtmfDetector((digit) => {
      heard += digit;
    });

    const samples = readAll(source);
    detector.push(samples);

    expect(heard).toBe('1#');
    expect(samples.length / 8).toBe(200 + 500 + 200);
  });

  it('refuse to dial what is not a key', () => {
    expect(() => dtmfSource('12x')).toThrow(
      expect.objectContaining({ code: 'INVALID_DIGITS', message: expect.stringContaining('"x"') }),
    );
  });
});
