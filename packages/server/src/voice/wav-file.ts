import { open, type FileHandle } from 'node:fs/promises';
import { wavHeader } from '@tutti/media';

const SAMPLE_RATE_HZ = 8000;
const BYTES_PER_SAMPLE = 2;
/** What may wait for a slow disk; what comes then is lost. */
const WAITING_MAX_SEC = 30;

/** What a recording came to. */
export interface Recorded {
  readonly sizeBytes: number;
  readonly durationMs: number;
  /** Of that, what the disk was too slow to take: silence in its place. */
  readonly lostMs: number;
}

/**
 * A WAV file of 8 kHz that is written while it is heard, a second at a time; holds seconds of it, not all. What a slow
 * disk does not take is silence, so that all that follows is at its time.
 */
export class WavFile {
  readonly #channels: 1 | 2;
  readonly #secondBytes: number;
  readonly #file: Promise<FileHandle>;
  #chunk: Buffer;
  #filled = 0;
  #waitingBytes = 0;
  #dataBytes = 0;
  #lostBytes = 0;
  #writing: Promise<unknown>;

  constructor(path: Promise<string>, channels: 1 | 2) {
    this.#channels = channels;
    this.#secondBytes = SAMPLE_RATE_HZ * BYTES_PER_SAMPLE * channels;
    this.#chunk = Buffer.alloc(this.#secondBytes);
    this.#file = path.then((file) => open(file, 'w', 0o600));
    this.#writing = this.#file.then((file) => file.write(this.#header()));
    // Told of when it is finished.
    this.#writing.catch(() => undefined);
  }

  /** Milliseconds that were given so far. */
  get durationMs(): number {
    return ((this.#dataBytes + this.#filled) / this.#secondBytes) * 1000;
  }

  /** Adds samples, those of two channels in turn. They are copied. */
  write(samples: Int16Array): void {
    // NOTE: WAV is little endian, as are the machines that Node runs on.
    const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
    if (this.#filled + bytes.length > this.#chunk.length) this.#flush();
    this.#filled += bytes.copy(this.#chunk, this.#filled);
  }

  /** Completes the file, without what comes after `endMs`. @throws Error of the file system */
  async finish(endMs = Infinity): Promise<Recorded> {
    this.#flush();
    const file = await this.#file;
    try {
      await this.#writing;
      const samples = Math.round((endMs / 1000) * SAMPLE_RATE_HZ);
      const kept = Math.min(this.#dataBytes, samples * BYTES_PER_SAMPLE * this.#channels);
      // It may also grow by this: what was lost last was not written.
      if (kept < this.#dataBytes || this.#lostBytes > 0) {
        await file.truncate(this.#header().length + kept);
      }
      this.#dataBytes = kept;
      await file.write(this.#header(), 0, undefined, 0);
    } finally {
      await file.close();
    }
    return {
      sizeBytes: this.#header().length + this.#dataBytes,
      durationMs: (this.#dataBytes / this.#secondBytes) * 1000,
      lostMs: (this.#lostBytes / this.#secondBytes) * 1000,
    };
  }

  #flush(): void {
    const bytes = this.#chunk.subarray(0, this.#filled);
    this.#filled = 0;
    if (bytes.length === 0) return;
    const at = this.#header().length + this.#dataBytes;
    this.#dataBytes += bytes.length;
    if (this.#waitingBytes + bytes.length > WAITING_MAX_SEC * this.#secondBytes) {
      this.#lostBytes += bytes.length;
      return;
    }
    this.#chunk = Buffer.alloc(this.#secondBytes);
    this.#waitingBytes += bytes.length;
    this.#writing = this.#writing.then(async () => {
      // What was left out before reads as zeros, which are silence.
      await (await this.#file).write(bytes, 0, bytes.length, at);
      this.#waitingBytes -= bytes.length;
    });
    this.#writing.catch(() => undefined);
  }

  #header(): Uint8Array {
    return headerOf(this.#channels, this.#dataBytes);
  }
}

/** Completes a file that nobody writes any more; undefined when there is no sound in it. @throws Error of the file system */
export async function repairWav(path: string, channels: 1 | 2): Promise<Recorded | undefined> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    const headerBytes = headerOf(channels, 0).length;
    const frameBytes = BYTES_PER_SAMPLE * channels;
    const frames = Math.max(0, Math.floor((size - headerBytes) / frameBytes));
    if (frames === 0) return undefined;
    const dataBytes = frames * frameBytes;
    await file.truncate(headerBytes + dataBytes);
    await file.write(headerOf(channels, dataBytes), 0, undefined, 0);
    const durationMs = (frames / SAMPLE_RATE_HZ) * 1000;
    return { sizeBytes: headerBytes + dataBytes, durationMs, lostMs: 0 };
  } finally {
    await file.close();
  }
}

function headerOf(channels: 1 | 2, dataBytes: number): Uint8Array {
  return wavHeader({ channels, sampleRate: SAMPLE_RATE_HZ, dataBytes });
}
