import { encodeWav } from '@tutti/media';

/** 16-bit WAV with a tone. */
export function toneWav(frequencyHz: number, durationMs = 300): Uint8Array {
  return encodeWav(toneSamples(frequencyHz, durationMs), 8000);
}

export function toneSamples(frequencyHz: number, durationMs: number): Int16Array {
  return Int16Array.from({ length: durationMs * 8 }, (_, at) =>
    Math.round(10_000 * Math.sin((2 * Math.PI * frequencyHz * at) / 8000)),
  );
}

/** G.711 µ-law without a header, one byte a sample. */
export function toneMulaw(frequencyHz: number, durationMs = 300): Uint8Array {
  return Uint8Array.from(toneSamples(frequencyHz, durationMs), mulaw);
}

/** ITU-T G.711, table 2a. */
function mulaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const biased = Math.min(Math.abs(sample), 32_635) + 132;
  const exponent = Math.floor(Math.log2(biased)) - 7;
  const mantissa = (biased >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

/** Four syllables a second, of a voice that rises and falls. */
export function voiceSamples(durationMs: number): Int16Array {
  return Int16Array.from({ length: durationMs * 8 }, (_, at) => {
    const second = at / 8000;
    const phase = 2 * Math.PI * (140 * second + 3 * Math.sin(2 * second));
    const harmonics = [1, 2, 3, 4, 5, 6].map((n) => Math.sin(n * phase) / n);
    const syllable = Math.abs(Math.sin(4 * Math.PI * second));
    return Math.round(5000 * syllable * harmonics.reduce((sum, each) => sum + each, 0));
  });
}
