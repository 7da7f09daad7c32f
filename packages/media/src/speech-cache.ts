/** Keeps the latest speech up to a number of bytes, forgetting the least recently used first. */
export class SpeechCache {
  readonly #maxBytes: number;
  /** In order of use, oldest first. */
  readonly #entries = new Map<string, Int16Array>();
  #sizeBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get(key: string): Int16Array | undefined {
    const samples = this.#entries.get(key);
    if (samples !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, samples);
    }
    return samples;
  }

  set(key: string, samples: Int16Array): void {
    this.#delete(key);
    this.#entries.set(key, samples);
    this.#sizeBytes += entryBytes(key, samples);
    for (const oldest of this.#entries.keys()) {
      if (this.#sizeBytes <= this.#maxBytes) {
        break;
      }
      this.#delete(oldest);
    }
  }

  #delete(key: string): void {
    const samples = this.#entries.get(key);
    if (samples !== undefined) {
      this.#entries.delete(key);
      this.#sizeBytes -= entryBytes(key, samples);
    }
  }
}

function entryBytes(key: string, samples: Int16Array): number {
  return key.length * 2 + samples.byteLength;
}
