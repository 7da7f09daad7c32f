import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { wavHeader, type Mp3Encoder } from '@tutti/media';

const SAMPLE_RATE_HZ = 8000;
const BYTES_PER_SAMPLE = 2;

/** The file of a recording, and how it is wanted. */
export interface WantedSound {
  readonly path: string;
  readonly sizeBytes: number;
  /** Of the file. */
  readonly channels: 1 | 2;
  /** At most those of the file. */
  readonly wantedChannels: 1 | 2;
}

/** Sound on its way to a client. */
export interface SentSound {
  readonly type: 'audio/x-wav' | 'audio/mpeg';
  /** Undefined: known at its end. */
  readonly sizeBytes: number | undefined;
  /** Fails with what reading the file fails with. Destroying it closes the file. */
  readonly stream: Readable;
}

/** The file as it is, or mixed down to one channel. */
export function wavOf(wanted: WantedSound): SentSound {
  const type = 'audio/x-wav';
  const { path, sizeBytes, channels, wantedChannels } = wanted;
  if (channels === wantedChannels) return { type, sizeBytes, stream: createReadStream(path) };
  const format = { channels: wantedChannels, sampleRate: SAMPLE_RATE_HZ };
  const dataBytes =
    Math.floor((sizeBytes - headerBytes(channels)) / (BYTES_PER_SAMPLE * channels)) *
    BYTES_PER_SAMPLE;
  const header = wavHeader({ ...format, dataBytes });
  const bytes = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    yield header;
    for await (const { buffer, byteOffset, byteLength } of samplesOf(wanted)) {
      yield new Uint8Array(buffer, byteOffset, byteLength);
    }
  };
  const stream = Readable.from(bytes(), { objectMode: false });
  return { type, sizeBytes: header.length + dataBytes, stream };
}

/** Encoded while it is sent. */
export function mp3Of(encoder: Mp3Encoder, wanted: WantedSound): SentSound {
  const stream = encoder.encode(samplesOf(wanted), wanted.wantedChannels);
  return { type: 'audio/mpeg', sizeBytes: undefined, stream };
}

async function* samplesOf({
  path,
  channels,
  wantedChannels,
}: WantedSound): AsyncGenerator<Int16Array, void, undefined> {
  const frameBytes = BYTES_PER_SAMPLE * channels;
  let rest = Buffer.alloc(0);
  const pieces: AsyncIterable<Buffer> = createReadStream(path, { start: headerBytes(channels) });
  for await (const piece of pieces) {
    const bytes = Buffer.concat([rest, piece]);
    const end = bytes.length - (bytes.length % frameBytes);
    rest = bytes.subarray(end);
    // NOTE: WAV is little endian, as are the machines that Node runs on.
    const samples = new Int16Array(new Uint8Array(bytes.subarray(0, end)).buffer);
    yield channels === wantedChannels ? samples : mixDown(samples);
  }
}

/** Half of each: two who speak at once are not too loud for it. */
function mixDown(samples: Int16Array): Int16Array {
  return Int16Array.from(
    { length: samples.length / 2 },
    (_, at) => ((samples[2 * at] ?? 0) + (samples[2 * at + 1] ?? 0)) / 2,
  );
}

function headerBytes(channels: 1 | 2): number {
  return wavHeader({ channels, sampleRate: SAMPLE_RATE_HZ, dataBytes: 0 }).length;
}
