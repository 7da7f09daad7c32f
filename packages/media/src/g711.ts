/** Codecs of this package, by their SDP encoding name. RFC 3551 §6, table 4 */
export type CodecName = 'PCMU' | 'PCMA';

/** One G.711 law as tables, so that a sample costs one load each way. */
export interface G711Codec {
  /** RFC 3551 §6, table 4 */
  readonly staticPayloadType: number;
  /** The code word of a zero sample. */
  readonly silence: number;
  /** Code word (0-255) to 16-bit linear. */
  readonly decodeTable: Int16Array;
  /** 16-bit linear, taken as unsigned (`sample & 0xffff`), to code word. */
  readonly encodeTable: Uint8Array;
}

/** Shifts the segment edges to powers of two: 33 in the standard's 14 bits, 132 in 16. */
const MULAW_BIAS = 0x84;
const MULAW_CLIP = 32635;

/** Both laws of ITU-T G.711, built once. */
export const G711: Readonly<Record<CodecName, G711Codec>> = {
  PCMU: buildCodec(0, encodeMulawSample, decodeMulawSample),
  PCMA: buildCodec(8, encodeAlawSample, decodeAlawSample),
};

/** Encodes `length` samples of `frame` into `out` from `outStart`. */
export function encodeG711(
  codec: G711Codec,
  frame: Int16Array,
  length: number,
  out: Uint8Array,
  outStart: number,
): void {
  const table = codec.encodeTable;
  for (let i = 0; i < length; i += 1) {
    out[outStart + i] = table[(frame[i] ?? 0) & 0xffff] ?? 0;
  }
}

/** Decodes all of `bytes` into a new array. */
export function decodeG711(codec: G711Codec, bytes: Uint8Array): Int16Array {
  const table = codec.decodeTable;
  const samples = new Int16Array(bytes.length);
  for (let i = 0; i < bytes.length; i += 1) {
    samples[i] = table[bytes[i] ?? 0] ?? 0;
  }
  return samples;
}

function buildCodec(
  staticPayloadType: number,
  encode: (sample: number) => number,
  decode: (byte: number) => number,
): G711Codec {
  const decodeTable = Int16Array.from({ length: 256 }, (_, byte) => decode(byte));
  const encodeTable = new Uint8Array(65536);
  for (let sample = -32768; sample < 32768; sample += 1) {
    encodeTable[sample & 0xffff] = encode(sample);
  }
  return { staticPayloadType, silence: encode(0), decodeTable, encodeTable };
}

// ITU-T G.711 table 2a/2b: sign, three bits of segment, four of interval, all inverted.
function encodeMulawSample(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), MULAW_CLIP) + MULAW_BIAS;
  const segment = 24 - Math.clz32(magnitude);
  const interval = (magnitude >> (segment + 3)) & 0x0f;
  return ~(sign | (segment << 4) | interval) & 0xff;
}

function decodeMulawSample(byte: number): number {
  const code = ~byte & 0xff;
  const segment = (code & 0x70) >> 4;
  const magnitude = ((((code & 0x0f) << 3) + MULAW_BIAS) << segment) - MULAW_BIAS;
  return code & 0x80 ? -magnitude : magnitude;
}

// ITU-T G.711 table 1a/1b: 13 bits; even bits inverted (0x55); sign bit set for positive.
function encodeAlawSample(sample: number): number {
  const mask = sample < 0 ? 0x55 : 0xd5;
  const magnitude = (sample < 0 ? -sample - 1 : sample) >> 3;
  const segment = magnitude < 32 ? 0 : 27 - Math.clz32(magnitude);
  const interval = (magnitude >> Math.max(segment, 1)) & 0x0f;
  return ((segment << 4) | interval) ^ mask;
}

function decodeAlawSample(byte: number): number {
  const code = byte ^ 0x55;
  const segment = (code & 0x70) >> 4;
  const interval = (code & 0x0f) << 4;
  const magnitude = segment === 0 ? interval + 8 : (interval + 0x108) << (segment - 1);
  return code & 0x80 ? magnitude : -magnitude;
}
