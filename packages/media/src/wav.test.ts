import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeWav, parseWav } from './wav.ts';

interface WavOptions {
  readonly tag: number;
  readonly bits: number;
  readonly channels?: number;
  readonly sampleRate?: number;
  readonly extensible?: boolean;
  readonly before?: readonly number[];
  readonly dataSize?: number;
}

/** Builds a file by hand, so that the parser is not tested against itself. */
function wav(data: readonly number[], options: WavOptions): Uint8Array {
  const { tag, bits, channels = 1, sampleRate = 8000, extensible = false } = options;
  const format = Buffer.alloc(extensible ? 40 : 16);
  format.writeUInt16LE(extensible ? 0xfffe : tag, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(sampleRate, 4);
  format.writeUInt16LE(bits, 14);
  if (extensible) {
    format.writeUInt16LE(tag, 24);
  }
  const sized = (id: string, size: number, bytes: Uint8Array): Buffer => {
    const head = Buffer.from(`${id}....`);
    head.writeUInt32LE(size, 4);
    return Buffer.concat([head, bytes]);
  };
  return Buffer.concat([
    Buffer.from('RIFF....WAVE'),
    Buffer.from(options.before ?? []),
    sized('fmt ', format.length, format),
    sized('data', options.dataSize ?? data.length, Buffer.from(data)),
  ]);
}

function samplesOf(bytes: Uint8Array): number[] | string {
  const result = parseWav(bytes);
  return result.ok ? [...result.value.samples] : result.error.message;
}

describe('parseWav', () => {
  it('reads 8-bit PCM, which has no sign', () => {
    expect(samplesOf(wav([0, 128, 255], { tag: 1, bits: 8 }))).toEqual([-32768, 0, 32512]);
  });

  it('reads 16-bit PCM', () => {
    expect(samplesOf(wav([1, 0, 0xff, 0xff], { tag: 1, bits: 16 }))).toEqual([1, -1]);
  });

  it('reads the upper 16 bits of 24-bit and 32-bit PCM', () => {
    expect(samplesOf(wav([9, 2, 1, 9, 0xfe, 0xff], { tag: 1, bits: 24 }))).toEqual([258, -2]);
    expect(samplesOf(wav([9, 9, 2, 1], { tag: 1, bits: 32 }))).toEqual([258]);
  });

  it('reads 32-bit float, clipping what is too loud and silencing what is no number', () => {
    const floats = Buffer.from(Float32Array.of(0.5, -1, 2, Number.NaN).buffer);

    expect(samplesOf(wav([...floats], { tag: 3, bits: 32 }))).toEqual([16384, -32767, 32767, 0]);
  });

  it('reads µ-law and A-law', () => {
    expect(samplesOf(wav([0x80, 0xff], { tag: 7, bits: 8 }))).toEqual([32124, 0]);
    expect(samplesOf(wav([0xaa, 0xd5], { tag: 6, bits: 8 }))).toEqual([32256, 8]);
  });

  it('averages stereo', () => {
    const bytes = wav([100, 0, 50, 0, 0, 0, 10, 0], { tag: 1, bits: 16, channels: 2 });

    expect(samplesOf(bytes)).toEqual([75, 5]);
  });

  it('finds the format of an extensible header', () => {
    expect(samplesOf(wav([0x80], { tag: 7, bits: 8, extensible: true }))).toEqual([32124]);
  });

  it('skips chunks it does not know, padded to an even length', () => {
    const list = [...Buffer.from('LIST'), 3, 0, 0, 0, 1, 2, 3, 0];

    expect(samplesOf(wav([128], { tag: 1, bits: 8, before: list }))).toEqual([0]);
  });

  it('reads to the end when the size of the data is not known or wrong', () => {
    const bytes = wav([128, 128], { tag: 1, bits: 8, dataSize: 0x7ffff000 });

    expect(samplesOf(bytes)).toEqual([0, 0]);
  });

  it('says what is wrong', () => {
    expect(samplesOf(Buffer.from('ID3 and more bytes'))).toMatch(/not a WAV file/);
    expect(samplesOf(wav([], { tag: 0x55, bits: 0 }))).toMatch(/format 85 .* supported are/);
    expect(samplesOf(wav([], { tag: 1, bits: 8, channels: 6 }))).toMatch(/6 channels/);
    expect(samplesOf(wav([], { tag: 1, bits: 8, sampleRate: 7 }))).toMatch(/7 Hz/);
    expect(samplesOf(Buffer.from('RIFF....WAVE'))).toMatch(/no data/);
    expect(samplesOf(Buffer.from('RIFF....WAVEdata\0\0\0\0'))).toMatch(/no format/);
  });

  it('never throws, whatever follows the first bytes', () => {
    const start = wav([1, 2, 3, 4], { tag: 1, bits: 16 });
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 60 }),
        fc.nat(start.length),
        fc.array(fc.tuple(fc.nat(start.length - 1), fc.nat(255)), { maxLength: 4 }),
        (tail, keep, changes) => {
          const bytes = Buffer.concat([start.subarray(0, keep), tail]);
          changes.forEach(([at, value]) => bytes.writeUInt8(value, Math.min(at, bytes.length - 1)));

          expect(typeof parseWav(bytes).ok).toBe('boolean');
        },
      ),
    );
  });
});

describe('encodeWav', () => {
  it('writes what parseWav reads', () => {
    fc.assert(
      fc.property(
        fc.int16Array(),
        fc.integer({ min: 1000, max: 48_000 }),
        (samples, sampleRate) => {
          expect(parseWav(encodeWav(samples, sampleRate))).toEqual({
            ok: true,
            value: { samples, sampleRate },
          });
        },
      ),
    );
  });

  it('begins with the canonical 44 bytes', () => {
    const bytes = Buffer.from(encodeWav(Int16Array.of(1, 2), 8000));

    expect(bytes.toString('hex')).toBe(
      '52494646280000005741564566' +
        '6d74201000000001000100401f0000803e000002001000646174610400000001000200',
    );
  });
});
