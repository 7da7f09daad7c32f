import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { Mp3Job, Mp3Piece } from './mp3-worker.ts';

/** Each holds an encoder of about 1 MB for as long as somebody reads it. */
const AT_ONCE_MAX = 16;

/**
 * Encodes sound as MP3 while it is read, outside the event loop: a piece is encoded when the one before was taken. One
 * thread serves all; it begins with the first of them and ends with the last.
 */
export class Mp3Encoder {
  #worker: Worker | undefined;
  #open = 0;

  /** Whether {@link encode} takes one more: 16 at once are the most. */
  get hasRoom(): boolean {
    return this.#open < AT_ONCE_MAX;
  }

  /**
   * MP3 of 16 kHz and 32 kbit/s for each channel. Destroying it, as an HTTP answer does whose reader leaves, gives up
   * the encoding and its source. It fails with what its source fails with, or when the encoder does.
   *
   * @param samples 8 kHz, those of two channels in turn.
   */
  encode(samples: AsyncIterable<Int16Array>, channels: 1 | 2): Readable {
    this.#open += 1;
    const pieces = Readable.from(this.#pieces(samples, channels), { objectMode: false });
    return pieces.once('close', () => {
      this.#open -= 1;
      if (this.#open > 0) return;
      void this.#worker?.terminate();
      this.#worker = undefined;
    });
  }

  async *#pieces(
    samples: AsyncIterable<Int16Array>,
    channels: 1 | 2,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { port1, port2 } = new MessageChannel();
    const job: Mp3Job = { port: port2, channels };
    this.#worker ??= this.#start();
    this.#worker.postMessage(job, [port2]);
    try {
      for await (const some of samples) yield await encoded(port1, some);
      yield await encoded(port1, null);
    } finally {
      port1.close();
    }
  }

  #start(): Worker {
    // Whichever way this code runs, joined into one file or not, the thread runs what was built.
    const file = createRequire(import.meta.url).resolve('@tutti/media/mp3-worker');
    const worker = new Worker(file);
    // Its ports close with it, and whoever waits at one of them fails.
    worker.on('error', () => undefined);
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    return worker;
  }
}

async function encoded(port: MessagePort, samples: Int16Array | null): Promise<Uint8Array> {
  const piece = await new Promise<Mp3Piece>((resolve) => {
    const settle = (answer: Mp3Piece): void => {
      port.off('message', settle);
      port.off('close', lost);
      resolve(answer);
    };
    const lost = (): void => settle({ problem: 'The thread that encodes MP3 has ended' });
    port.on('message', settle);
    port.on('close', lost);
    port.postMessage(samples);
  });
  if ('problem' in piece) throw new Error(piece.problem);
  return piece.bytes;
}
