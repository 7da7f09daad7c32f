import { open, type FileHandle } from 'node:fs/promises';
import type { Sid } from '@tutti/ids';
import { encodeWav, type AudioBridge } from '@tutti/media';

const SAMPLE_RATE_HZ = 8000;
const BYTES_PER_SAMPLE = 2;
/** One second; written at once. */
const CHUNK_BYTES = SAMPLE_RATE_HZ * BYTES_PER_SAMPLE;
/** What may wait for a slow disk; beyond it the recording goes on with a gap. */
const WAITING_MAX_BYTES = 30 * CHUNK_BYTES;
/** Where the sizes are in a WAV header, and what they count besides the samples. RFC 2361 */
const RIFF_SIZE_AT = 4;
const DATA_SIZE_AT = 40;

/** What a recording came to. */
export interface Recorded {
  readonly sizeBytes: number;
  readonly durationMs: number;
}

/** Writes everything heard in a bridge to a WAV file, while it is heard; holds seconds of it, not all. */
export class BridgeRecorder {
  readonly sid: Sid<'ME'>;
  readonly #stopListening: () => void;
  readonly #file: Promise<FileHandle>;
  #chunk = Buffer.alloc(CHUNK_BYTES);
  #filled = 0;
  #waitingBytes = 0;
  #dataBytes = 0;
  #writing: Promise<unknown>;

  constructor(bridge: AudioBridge, sid: Sid<'ME'>, path: Promise<string>) {
    this.sid = sid;
    this.#file = path.then((file) => open(file, 'w', 0o600));
    this.#writing = this.#file.then((file) => file.write(header(0)));
    // Told of when it is finished.
    this.#writing.catch(() => undefined);
    this.#stopListening = bridge.onMix((frame) => this.#take(frame));
  }

  /** Stops and completes the file. @throws Error of the file system */
  async finish(): Promise<Recorded> {
    this.#stopListening();
    this.#write();
    const file = await this.#file;
    try {
      await this.#writing;
      await file.write(header(this.#dataBytes), 0, undefined, 0);
    } finally {
      await file.close();
    }
    return {
      sizeBytes: header(0).length + this.#dataBytes,
      durationMs: (this.#dataBytes / CHUNK_BYTES) * 1000,
    };
  }

  #take(frame: Int16Array): void {
    // NOTE: WAV is little endian, as are the machines that Node runs on.
    const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
    if (this.#filled + bytes.length > CHUNK_BYTES) this.#write();
    this.#filled += bytes.copy(this.#chunk, this.#filled);
  }

  #write(): void {
    const bytes = this.#chunk.subarray(0, this.#filled);
    this.#filled = 0;
    if (bytes.length === 0 || this.#waitingBytes + bytes.length > WAITING_MAX_BYTES) return;
    this.#chunk = Buffer.alloc(CHUNK_BYTES);
    this.#waitingBytes += bytes.length;
    this.#dataBytes += bytes.length;
    this.#writing = this.#writing.then(async () => {
      await (await this.#file).write(bytes);
      this.#waitingBytes -= bytes.length;
    });
    this.#writing.catch(() => undefined);
  }
}

function header(dataBytes: number): Buffer {
  const bytes = Buffer.from(encodeWav(new Int16Array(0), SAMPLE_RATE_HZ));
  bytes.writeUInt32LE(bytes.length - 8 + dataBytes, RIFF_SIZE_AT);
  bytes.writeUInt32LE(dataBytes, DATA_SIZE_AT);
  return bytes;
}
