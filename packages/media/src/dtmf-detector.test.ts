import { describe, expect, it } from 'vitest';
import { DTMF_KEYS, dtmfFrequenciesHz } from './dtmf.ts';
import { DtmfDetector } from './dtmf-detector.ts';
import { decodeG711, encodeG711, G711 } from './g711.ts';

interface Press {
  readonly key: string;
  readonly toneMs?: number;
  readonly gapMs?: number;
  readonly lowDbfs?: number;
  readonly highDbfs?: number;
  /** Both frequencies times this. */
  readonly detune?: number;
}

function audioOf(presses: readonly Press[], leadSamples = 0): Int16Array {
  const samples: number[] = Array(leadSamples).fill(0);
  for (const press of presses) {
    const { toneMs = 60, gapMs = 60, lowDbfs = -12, highDbfs = -12, detune = 1 } = press;
    const [lowHz, highHz] = dtmfFrequenciesHz(press.key);
    for (let n = 0; n < toneMs * 8; n += 1) {
      const low = 10 ** (lowDbfs / 20) * Math.sin((2 * Math.PI * lowHz * detune * n) / 8000);
      const high = 10 ** (highDbfs / 20) * Math.sin((2 * Math.PI * highHz * detune * n) / 8000);
      samples.push(32767 * (low + high));
    }
    samples.push(...Array<number>(gapMs * 8).fill(0));
  }
  return Int16Array.from(samples);
}

function keysIn(samples: Int16Array): string {
  let keys = '';
  const detector = new DtmfDetector((key) => {
    keys += key;
  });
  detector.push(samples);
  return keys;
}

/** Deterministic noise in -1 to 1. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  };
}

describe('DtmfDetector', () => {
  it('hears all sixteen keys', () => {
    expect(keysIn(audioOf(Array.from(DTMF_KEYS, (key) => ({ key }))))).toBe(DTMF_KEYS);
  });

  it('hears keys of 40 ms with pauses of 40 ms, wherever they begin', () => {
    const presses = Array.from('1590', (key) => ({ key, toneMs: 40, gapMs: 40 }));
    for (let lead = 0; lead < 102; lead += 1) {
      expect(keysIn(audioOf(presses, lead))).toBe('1590');
    }
  });

  it('hears the same key twice, and a long key once', () => {
    expect(keysIn(audioOf([{ key: '7' }, { key: '7', toneMs: 3000 }]))).toBe('77');
  });

  it('hears frequencies 1.5 % off', () => {
    const presses = Array.from(DTMF_KEYS, (key) => ({ key }));

    expect(keysIn(audioOf(presses.map((press) => ({ ...press, detune: 1.015 }))))).toBe(DTMF_KEYS);
    expect(keysIn(audioOf(presses.map((press) => ({ ...press, detune: 0.985 }))))).toBe(DTMF_KEYS);
  });

  it('hears a high tone 4 dB above the low, and a low tone 8 dB above the high', () => {
    expect(keysIn(audioOf([{ key: '5', lowDbfs: -14, highDbfs: -10 }]))).toBe('5');
    expect(keysIn(audioOf([{ key: '5', lowDbfs: -10, highDbfs: -18 }]))).toBe('5');
  });

  it('hears faint and loud keys', () => {
    expect(keysIn(audioOf([{ key: '3', lowDbfs: -35, highDbfs: -35 }]))).toBe('3');
    expect(keysIn(audioOf([{ key: '3', lowDbfs: -6, highDbfs: -6 }]))).toBe('3');
  });

  it.each(['PCMU', 'PCMA'] as const)('hears keys through %s', (codec) => {
    const samples = audioOf(Array.from(DTMF_KEYS, (key) => ({ key })));
    const encoded = new Uint8Array(samples.length);
    encodeG711(G711[codec], samples, samples.length, encoded, 0);

    expect(keysIn(decodeG711(G711[codec], encoded))).toBe(DTMF_KEYS);
  });

  it('hears keys in noise 15 dB below them', () => {
    const random = noise(1);
    const samples = audioOf(Array.from(DTMF_KEYS, (key) => ({ key }))).map(
      (sample) => sample + random() * 32767 * 10 ** (-27 / 20),
    );

    expect(keysIn(samples)).toBe(DTMF_KEYS);
  });

  it('hears no key in single tones, in bursts under 20 ms, or in noise', () => {
    const random = noise(2);
    const sine = (frequencyHz: number): Int16Array =>
      Int16Array.from({ length: 4000 }, (_, n) =>
        Math.round(9000 * Math.sin((2 * Math.PI * frequencyHz * n) / 8000)),
      );

    expect(keysIn(sine(697))).toBe('');
    expect(keysIn(sine(1336))).toBe('');
    expect(keysIn(audioOf([{ key: '5', toneMs: 19 }]))).toBe('');
    expect(keysIn(Int16Array.from({ length: 80_000 }, () => random() * 20_000))).toBe('');
  });

  it('hears no key in dial, ringing and busy tones', () => {
    const pairs = [
      [350, 440],
      [440, 480],
      [480, 620],
    ] as const;
    for (const [low, high] of pairs) {
      const samples = Int16Array.from({ length: 8000 }, (_, n) =>
        Math.round(
          6000 *
            (Math.sin((2 * Math.PI * low * n) / 8000) + Math.sin((2 * Math.PI * high * n) / 8000)),
        ),
      );
      expect(keysIn(samples)).toBe('');
    }
  });
});
