import { saturate } from './frame.ts';
import { decodeG711, G711 } from './g711.ts';

/** What a parser answers: input from outside never throws. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: { readonly message: string } };

/** Audio as it is in a file, mixed down to mono. */
export interface WavAudio {
  readonly samples: Int16Array;
  readonly sampleRate: number;
}

interface WavFormat {
  readonly tag: number;
  readonly channels: number;
  readonly sampleRate: number;
  readonly bitsPerSample: number;
}

/** Format tags. RFC 2361 appendix A */
const TAG_PCM = 1;
const TAG_FLOAT = 3;
const TAG_ALAW = 6;
const TAG_MULAW = 7;
/** The real tag begins the sub-format of the longer header. RFC 2361 §4 */
const TAG_EXTENSIBLE = 0xfffe;
const EXTENSIBLE_SUB_FORMAT_AT = 24;

/** Beyond these a file is damaged rather than unusual. */
const MIN_SAMPLE_RATE = 1000;
const MAX_SAMPLE_RATE = 384_000;

const HEADER_BYTES = 44;

/** Whether bytes begin as a WAV file does. */
export function isWav(bytes: Uint8Array): boolean {
  return bytes.length >= 12 && asciiAt(bytes, 0) === 'RIFF' && asciiAt(bytes, 8) === 'WAVE';
}

//   RIFF <size> WAVE { <four-character id> <size, little endian> <data> <pad to even> }...
//   fmt : tag(2) channels(2) rate(4) bytes per second(4) block align(2) bits(2) ...
/** Reads a WAV file: PCM of 8 to 32 bits, 32-bit float, µ-law, A-law; mono or stereo. */
export function parseWav(bytes: Uint8Array): Result<WavAudio> {
  if (!isWav(bytes)) {
    return failure('This is not a WAV file: it does not begin with RIFF and WAVE');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: WavFormat | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = asciiAt(bytes, at);
    const start = at + 8;
    // A writer that could not seek leaves a size beyond the file: the data goes to the end.
    const end = Math.min(bytes.length, start + view.getUint32(at + 4, true));
    if (id === 'fmt ' && end - start >= 16) {
      format = readFormat(view, start, end);
    } else if (id === 'data') {
      if (format === undefined) {
        return failure('This WAV file has no format before its data');
      }
      return decodeData(format, bytes.subarray(start, end));
    }
    at = end + ((end - start) % 2);
  }
  return failure('This WAV file holds no data');
}

/** Makes a WAV file of 16-bit mono PCM. */
export function encodeWav(samples: Int16Array, sampleRate: number): Uint8Array {
  const header = wavHeader({ channels: 1, sampleRate, dataBytes: samples.length * 2 });
  const bytes = new Uint8Array(header.length + samples.length * 2);
  bytes.set(header);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < samples.length; i += 1) {
    view.setInt16(header.length + i * 2, samples[i] ?? 0, true);
  }
  return bytes;
}

/** What comes before `dataBytes` of 16-bit PCM in a WAV file. RFC 2361 */
export function wavHeader({
  channels,
  sampleRate,
  dataBytes,
}: {
  readonly channels: 1 | 2;
  readonly sampleRate: number;
  readonly dataBytes: number;
}): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  writeAscii(bytes, 0, 'RIFF');
  view.setUint32(4, bytes.length - 8 + dataBytes, true);
  writeAscii(bytes, 8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, TAG_PCM, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * 2 * channels, true);
  view.setUint16(32, 2 * channels, true);
  view.setUint16(34, 16, true);
  writeAscii(bytes, 36, 'data');
  view.setUint32(40, dataBytes, true);
  return bytes;
}

function readFormat(view: DataView, start: number, end: number): WavFormat {
  const tag = view.getUint16(start, true);
  const isExtensible = tag === TAG_EXTENSIBLE && end - start >= EXTENSIBLE_SUB_FORMAT_AT + 2;
  return {
    tag: isExtensible ? view.getUint16(start + EXTENSIBLE_SUB_FORMAT_AT, true) : tag,
    channels: view.getUint16(start + 2, true),
    sampleRate: view.getUint32(start + 4, true),
    bitsPerSample: view.getUint16(start + 14, true),
  };
}

function decodeData(format: WavFormat, data: Uint8Array): Result<WavAudio> {
  const { channels, sampleRate } = format;
  if (channels !== 1 && channels !== 2) {
    return failure(`This WAV file has ${channels} channels; mono and stereo are supported`);
  }
  if (sampleRate < MIN_SAMPLE_RATE || sampleRate > MAX_SAMPLE_RATE) {
    return failure(`This WAV file has a sample rate of ${sampleRate} Hz; 1000 to 384000 can be`);
  }
  const samples = decodeSamples(format, data);
  if (samples === undefined) {
    return failure(
      `This WAV file has format ${format.tag} with ${format.bitsPerSample} bits; supported are ` +
        'PCM of 8, 16, 24 or 32 bits, 32-bit float, µ-law and A-law',
    );
  }
  return { ok: true, value: { samples: channels === 2 ? mixDown(samples) : samples, sampleRate } };
}

/** Undefined: a format that is not supported. */
function decodeSamples(format: WavFormat, data: Uint8Array): Int16Array | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  switch (`${format.tag}/${format.bitsPerSample}`) {
    case `${TAG_PCM}/8`:
      return Int16Array.from(data, (byte) => (byte - 128) << 8);
    case `${TAG_PCM}/16`:
      return readSamples(data, 2, (at) => view.getInt16(at, true));
    case `${TAG_PCM}/24`:
      return readSamples(data, 3, (at) => view.getInt16(at + 1, true));
    case `${TAG_PCM}/32`:
      return readSamples(data, 4, (at) => view.getInt16(at + 2, true));
    case `${TAG_FLOAT}/32`:
      // Not a number becomes zero on its way into the array.
      return readSamples(data, 4, (at) => saturate(Math.round(view.getFloat32(at, true) * 32767)));
    case `${TAG_ALAW}/8`:
      return decodeG711(G711.PCMA, data);
    case `${TAG_MULAW}/8`:
      return decodeG711(G711.PCMU, data);
    default:
      return undefined;
  }
}

function readSamples(
  data: Uint8Array,
  bytesPerSample: number,
  readAt: (at: number) => number,
): Int16Array {
  const samples = new Int16Array(Math.floor(data.length / bytesPerSample));
  for (let i = 0; i < samples.length; i += 1) {
    samples[i] = readAt(i * bytesPerSample);
  }
  return samples;
}

function mixDown(stereo: Int16Array): Int16Array {
  const mono = new Int16Array(Math.floor(stereo.length / 2));
  for (let i = 0; i < mono.length; i += 1) {
    mono[i] = ((stereo[i * 2] ?? 0) + (stereo[i * 2 + 1] ?? 0)) >> 1;
  }
  return mono;
}

function asciiAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function writeAscii(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i += 1) {
    bytes[at + i] = text.charCodeAt(i);
  }
}

function failure(message: string): { ok: false; error: { message: string } } {
  return { ok: false, error: { message } };
}
