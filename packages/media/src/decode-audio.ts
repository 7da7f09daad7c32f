import { SAMPLE_RATE_HZ } from './frame.ts';
import { decodeG711, G711 } from './g711.ts';
import { resample } from './resample.ts';
import { isWav, parseWav } from './wav.ts';
import type { Result } from './wav.ts';

/** Audio ready to be played by `samplesSource`. */
export interface DecodedAudio {
  /** 8 kHz mono. */
  readonly samples: Int16Array;
  readonly durationMs: number;
}

const WAV_TYPES: readonly string[] = [
  'audio/wav',
  'audio/wave',
  'audio/x-wav',
  'audio/vnd.wave', // RFC 2361 §2
];

/** Raw 8 kHz µ-law without a header. RFC 2046 §4.3 */
const MULAW_TYPES: readonly string[] = [
  'audio/basic',
  'audio/x-mulaw',
  'audio/mulaw',
  'audio/ulaw',
  'audio/pcmu', // RFC 4856 §2.1.21
];

/**
 * Turns a file into 8 kHz mono samples. Never throws.
 *
 * What begins as a WAV file is read as one whatever its type says. Runs on the caller's thread:
 * see {@link resample} for the cost.
 */
export function decodeAudio(bytes: Uint8Array, contentType: string): Result<DecodedAudio> {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (isWav(bytes) || WAV_TYPES.includes(type)) {
    const wav = parseWav(bytes);
    if (!wav.ok) {
      return wav;
    }
    return decoded(resample(wav.value.samples, wav.value.sampleRate, SAMPLE_RATE_HZ));
  }
  if (MULAW_TYPES.includes(type)) {
    return decoded(decodeG711(G711.PCMU, bytes));
  }
  return {
    ok: false,
    error: {
      message:
        `Audio of type "${type}" is not supported; supported are MP3 (audio/mpeg), WAV (${WAV_TYPES.join(', ')}) ` +
        `and raw 8 kHz µ-law (${MULAW_TYPES.join(', ')})`,
    },
  };
}

function decoded(samples: Int16Array): Result<DecodedAudio> {
  const durationMs = (samples.length * 1000) / SAMPLE_RATE_HZ;
  return { ok: true, value: { samples, durationMs } };
}
