import { setImmediate as afterEvents } from 'node:timers/promises';
import { decodeAudio } from './decode-audio.ts';
import type { DecodedAudio } from './decode-audio.ts';
import { SAMPLE_RATE_HZ, saturate } from './frame.ts';
import { resample } from './resample.ts';
import type { Result } from './wav.ts';

const MP3_TYPES: readonly string[] = [
  'audio/mpeg', // RFC 3003
  'audio/mp3',
  'audio/mpeg3',
  'audio/x-mpeg',
];

/** Bytes decoded at a time: about a second of sound, a few ms of work between two ticks. */
const CHUNK_BYTES = 16_384;
/** Of sound: 115 MB at 8 kHz. */
const MAX_DURATION_SEC = 7200;
/**
 * Each piece is resampled with so much of its neighbours: more than the filter reaches, and a whole
 * number of samples at every rate of MP3 and at ours.
 */
const MARGIN_SEC = 0.04;

/**
 * Turns a file into 8 kHz mono samples: MP3, and what {@link decodeAudio} reads. Never rejects.
 *
 * MP3 is decoded piece by piece, so that calls go on meanwhile and only the result is held whole.
 */
export async function loadAudio(
  bytes: Uint8Array,
  contentType: string,
): Promise<Result<DecodedAudio>> {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return isMp3(bytes) || MP3_TYPES.includes(type)
    ? decodeMp3(bytes)
    : decodeAudio(bytes, contentType);
}

/** An ID3 tag, or the sync word of layer III. ISO/IEC 11172-3 §2.4.2.3 */
function isMp3(bytes: Uint8Array): boolean {
  const [first = 0, second = 0, third = 0] = bytes;
  const isTagged = first === 0x49 && second === 0x44 && third === 0x33;
  return isTagged || (first === 0xff && (second & 0xe6) === 0xe2);
}

async function decodeMp3(bytes: Uint8Array): Promise<Result<DecodedAudio>> {
  // 200 KB of WebAssembly, read when first needed.
  const { MPEGDecoder } = await import('mpg123-decoder');
  const decoder = new MPEGDecoder({ enableGapless: true });
  try {
    await decoder.ready;
    const output = new PieceResampler();
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      const { channelData, samplesDecoded, sampleRate } = decoder.decode(
        bytes.subarray(at, at + CHUNK_BYTES),
      );
      if (samplesDecoded > 0 && !output.push(mixDown(channelData, samplesDecoded), sampleRate)) {
        return failure(`This MP3 file is longer than ${MAX_DURATION_SEC} s or changes its rate`);
      }
      await afterEvents();
    }
    const samples = output.finish();
    if (samples.length === 0) {
      return failure('This MP3 file holds no sound that can be decoded');
    }
    const durationMs = (samples.length * 1000) / SAMPLE_RATE_HZ;
    return { ok: true, value: { samples, durationMs } };
  } catch (error) {
    const problem = error instanceof Error ? error.message : 'unknown';
    return failure(`This MP3 file cannot be decoded: ${problem}`);
  } finally {
    decoder.free();
  }
}

/** Resamples a stream in pieces of a second, without a seam. */
class PieceResampler {
  #sampleRate = 0;
  /** The end of the piece before, the piece, and the beginning of the next. */
  #input: Int16Array = new Int16Array(0);
  #hasMargin = false;
  readonly #pieces: Int16Array[] = [];
  #length = 0;

  /** False: too long, or another rate than before. */
  push(samples: Int16Array, sampleRate: number): boolean {
    if (this.#sampleRate !== 0 && this.#sampleRate !== sampleRate) {
      return false;
    }
    this.#sampleRate = sampleRate;
    this.#input = joined([this.#input, samples], this.#input.length + samples.length);
    const margin = sampleRate * MARGIN_SEC;
    while (this.#input.length >= 2 * margin + sampleRate) {
      this.#take((this.#hasMargin ? margin : 0) + sampleRate, margin);
      this.#hasMargin = true;
    }
    return this.#length <= MAX_DURATION_SEC * SAMPLE_RATE_HZ;
  }

  finish(): Int16Array {
    if (this.#input.length > 0) {
      this.#take(this.#input.length, 0);
    }
    return joined(this.#pieces, this.#length);
  }

  /** Puts out what is before `end`, hearing `after` beyond it, and keeps a margin before it. */
  #take(end: number, after: number): void {
    const rate = this.#sampleRate;
    const before = this.#hasMargin ? rate * MARGIN_SEC : 0;
    const all = resample(this.#input.subarray(0, end + after), rate, SAMPLE_RATE_HZ);
    const from = Math.round((before * SAMPLE_RATE_HZ) / rate);
    const piece = all.slice(from, after === 0 ? undefined : from + SAMPLE_RATE_HZ);
    this.#pieces.push(piece);
    this.#length += piece.length;
    this.#input = this.#input.slice(Math.max(0, end - rate * MARGIN_SEC));
  }
}

function mixDown(channels: readonly Float32Array[], length: number): Int16Array {
  const [left, right] = channels;
  const samples = new Int16Array(length);
  for (let i = 0; i < length; i += 1) {
    const value = right === undefined ? (left?.[i] ?? 0) : ((left?.[i] ?? 0) + (right[i] ?? 0)) / 2;
    samples[i] = saturate(Math.round(value * 32767));
  }
  return samples;
}

function joined(parts: readonly Int16Array[], length: number): Int16Array {
  const whole = new Int16Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function failure(message: string): { ok: false; error: { message: string } } {
  return { ok: false, error: { message } };
}
