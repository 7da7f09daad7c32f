import { describe, expect, it } from 'vitest';
import { resample } from './resample.ts';

function sine(frequencyHz: number, sampleRate: number, durationSec = 0.5): Int16Array {
  return Int16Array.from({ length: sampleRate * durationSec }, (_, n) =>
    Math.round(16384 * Math.sin((2 * Math.PI * frequencyHz * n) / sampleRate)),
  );
}

/** Root mean square of the middle, where the filter sees signal on both sides. */
function level(samples: Int16Array): number {
  const middle = samples.subarray(samples.length / 4, (samples.length * 3) / 4);
  return Math.sqrt(middle.reduce((sum, sample) => sum + sample * sample, 0) / middle.length);
}

describe('resample', () => {
  it.each([
    [44_100, 8000],
    [22_050, 8000],
    [48_000, 8000],
    [16_000, 8000],
    [11_025, 8000],
    [8000, 48_000],
    [7919, 8000],
  ])('keeps a 1 kHz tone from %i Hz to %i Hz', (fromRate, toRate) => {
    const converted = resample(sine(1000, fromRate), fromRate, toRate);
    const expected = sine(1000, toRate);

    expect(Math.abs(converted.length - expected.length)).toBeLessThanOrEqual(1);
    const difference = expected.map((sample, n) => sample - (converted[n] ?? 0));
    expect(level(difference)).toBeLessThan(level(expected) / 200);
  });

  it.each([4500, 5000, 7000, 15_000])('removes %i Hz, which 8 kHz cannot carry', (frequencyHz) => {
    const converted = resample(sine(frequencyHz, 44_100), 44_100, 8000);

    expect(level(converted)).toBeLessThan(level(sine(frequencyHz, 44_100)) / 300);
  });

  it('keeps a constant level', () => {
    const converted = resample(new Int16Array(4410).fill(1000), 44_100, 8000);

    expect([...new Set(converted.subarray(100, 700))]).toEqual([1000]);
  });

  it('copies when the rates are equal', () => {
    const samples = Int16Array.of(1, 2, 3);

    const copy = resample(samples, 8000, 8000);

    expect(copy).toEqual(samples);
    expect(copy).not.toBe(samples);
  });

  it('makes nothing of nothing', () => {
    expect(resample(new Int16Array(0), 44_100, 8000)).toHaveLength(0);
  });
});
