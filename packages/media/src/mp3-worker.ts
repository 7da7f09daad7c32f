import { parentPort, type MessagePort } from 'node:worker_threads';
import { createMp3Encoder } from 'wasm-media-encoders';
import { SAMPLE_RATE_HZ } from './frame.ts';

/** What the thread is sent for each encoding. */
export interface Mp3Job {
  /** Takes samples, or null for the end of them, and answers each with an {@link Mp3Piece}. */
  readonly port: MessagePort;
  readonly channels: 1 | 2;
}

/** What came of some samples: frames of MP3, possibly none yet. */
export type Mp3Piece = { readonly bytes: Uint8Array } | { readonly problem: string };

/** Of one channel. More says nothing about speech of 4 kHz. */
const KBIT_PER_SEC = 32;
/** MPEG-2: players exist that do not know the 8 kHz of MPEG-2.5. ISO/IEC 13818-3 §2.4.2.3 */
const OUTPUT_RATE_HZ = 16_000;

// The thread that encodes for `mp3-encoder.ts`: one for all encodings, each with an encoder of its own.
parentPort?.on('message', ({ port, channels }: Mp3Job) => {
  const encoder = createMp3Encoder().then((made) => {
    const bitrate = channels === 1 ? KBIT_PER_SEC : (64 as const);
    made.configure({
      channels,
      sampleRate: SAMPLE_RATE_HZ,
      outputSampleRate: OUTPUT_RATE_HZ,
      bitrate,
    });
    return made;
  });
  const encode = async (samples: Int16Array | null): Promise<Uint8Array> => {
    const ready = await encoder;
    // What it returns lies in its own memory.
    return (samples === null ? ready.finalize() : ready.encode(split(samples, channels))).slice();
  };
  const answer = (piece: Mp3Piece): void => port.postMessage(piece);
  port.on('message', (samples: Int16Array | null) => {
    encode(samples).then(
      (bytes) => answer({ bytes }),
      (error: unknown) => answer({ problem: error instanceof Error ? error.message : 'unknown' }),
    );
  });
});

/** Samples of channels in turn, as one row for each, from -1 to 1. */
function split(samples: Int16Array, channels: 1 | 2): readonly Float32Array[] {
  const length = samples.length / channels;
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length }, (__, at) => (samples[at * channels + channel] ?? 0) / 32_768),
  );
}
