import { Worker } from 'node:worker_threads';

/** How long one input may take before the process is taken for hung. */
const HANG_MS = 30_000;
const INPUT_BYTES = 64 * 1024;

/** Runs beside the tests: a parser that never returns leaves nobody else to tell of it. */
const watcher = `
  const { writeSync } = require('node:fs');
  const { workerData } = require('node:worker_threads');
  const state = new Int32Array(workerData.shared, 0, 2);
  for (let seen = -1; ; seen = Atomics.load(state, 0)) {
    Atomics.wait(state, 0, seen, ${HANG_MS});
    if (Atomics.load(state, 0) !== seen || state[1] < 0) continue;
    const input = Buffer.from(workerData.shared, 8, state[1]).toString('latin1');
    writeSync(2, 'HANG: ' + workerData.title + ' takes more than ${HANG_MS} ms over the input (Latin-1)\\n'
      + JSON.stringify(input) + '\\n');
    process.kill(process.pid, 'SIGKILL');
  }
`;

/** Kills the process, naming the input, when one input takes too long. */
export class Watchdog implements AsyncDisposable {
  readonly #shared = new SharedArrayBuffer(8 + INPUT_BYTES);
  readonly #state = new Int32Array(this.#shared, 0, 2);
  readonly #input = Buffer.from(this.#shared, 8);
  readonly #worker: Worker;

  constructor(title: string) {
    this.#state[1] = -1;
    this.#worker = new Worker(watcher, {
      eval: true,
      workerData: { shared: this.#shared, title },
    });
  }

  /** The next input begins. */
  watch(input: string | Uint8Array): void {
    this.#state[1] =
      typeof input === 'string'
        ? this.#input.write(input)
        : Buffer.from(input.buffer, input.byteOffset, input.byteLength).copy(this.#input);
    Atomics.add(this.#state, 0, 1);
  }

  /** Nothing is under way. */
  rest(): void {
    this.#state[1] = -1;
    Atomics.add(this.#state, 0, 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
