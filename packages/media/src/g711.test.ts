import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeG711, encodeG711, G711 } from './g711.ts';
import type { CodecName } from './g711.ts';

function encodeOne(codec: CodecName, sample: number): number {
  const out = new Uint8Array(1);
  encodeG711(G711[codec], Int16Array.of(sample), 1, out, 0);
  return out[0] ?? 0;
}

function decodeOne(codec: CodecName, byte: number): number {
  return decodeG711(G711[codec], Uint8Array.of(byte))[0] ?? 0;
}

describe('G.711 µ-law', () => {
  // ITU-T G.711 table 2a, decision values times four: 14 bits in 16.
  it.each([
    [0x80, 32124],
    [0x8f, 16764],
    [0x90, 15996],
    [0xa0, 7932],
    [0xb0, 3900],
    [0xc0, 1884],
    [0xd0, 876],
    [0xe0, 372],
    [0xf0, 120],
    [0xfe, 8],
    [0xff, 0],
    [0x7f, 0],
    [0x7e, -8],
    [0x00, -32124],
  ])('decodes %i to %i as in the standard', (byte, sample) => {
    expect(decodeOne('PCMU', byte)).toBe(sample);
  });

  it('encodes silence as all ones and clips beyond the last segment', () => {
    expect(G711.PCMU.silence).toBe(0xff);
    expect(encodeOne('PCMU', 32767)).toBe(0x80);
    expect(encodeOne('PCMU', -32768)).toBe(0x00);
  });
});

describe('G.711 A-law', () => {
  // ITU-T G.711 table 1a, values times eight: 13 bits in 16.
  it.each([
    [0xd5, 8],
    [0x55, -8],
    [0xd4, 24],
    [0xc5, 264],
    [0xf5, 528],
    [0xe5, 1056],
    [0x95, 2112],
    [0x85, 4224],
    [0xb5, 8448],
    [0xa5, 16896],
    [0xaa, 32256],
    [0x2a, -32256],
  ])('decodes %i to %i as in the standard', (byte, sample) => {
    expect(decodeOne('PCMA', byte)).toBe(sample);
  });

  it('encodes silence with the even bits inverted', () => {
    expect(G711.PCMA.silence).toBe(0xd5);
    expect(encodeOne('PCMA', 32767)).toBe(0xaa);
    expect(encodeOne('PCMA', -32768)).toBe(0x2a);
  });
});

describe.each(['PCMU', 'PCMA'] as const)('%s', (codec) => {
  it('gives back every code word after decoding and encoding', () => {
    for (let byte = 0; byte < 256; byte += 1) {
      // µ-law has two zeroes; the negative one comes back as the positive.
      const expected = codec === 'PCMU' && byte === 0x7f ? 0xff : byte;
      expect(encodeOne(codec, decodeOne(codec, byte))).toBe(expected);
    }
  });

  it('stays within half a quantising step of any sample', () => {
    fc.assert(
      fc.property(fc.integer({ min: -32768, max: 32767 }), (sample) => {
        const decoded = decodeOne(codec, encodeOne(codec, sample));
        // Sixteen steps to a segment: at most 1/32 off, plus the smallest step and the clip.
        const tolerance = Math.abs(sample) / 32 + 17;
        expect(Math.abs(decoded - sample)).toBeLessThanOrEqual(tolerance);
      }),
    );
  });

  it('never decreases as the sample rises', () => {
    let last = -Infinity;
    for (let sample = -32768; sample < 32768; sample += 1) {
      const decoded = decodeOne(codec, encodeOne(codec, sample));
      if (decoded < last) {
        expect.fail(`decreases at ${sample}`);
      }
      last = decoded;
    }
  });
});
