/** An instant: milliseconds since 1970-01-01T00:00:00Z. Rows, events and the clock speak in these. */
export type Instant = number;

/** Where all time comes from. Tests pass a clock they move by hand. */
export interface Clock {
  /** The present instant. It jumps when the machine's clock is set: for what is shown, stored or compared with such. */
  now(): Instant;
  /** Milliseconds since some moment in the past, evenly, whatever the machine's clock is set to: for how long things take. */
  elapsedMs(): number;
  /** Calls `fn` once after `ms`; the returned function cancels it. Does not keep the process alive. */
  after(ms: number, fn: () => void): () => void;
}

/** What `setTimeout` can wait for; anything longer, it takes for 1 ms. */
const LONGEST_MS = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsedMs: () => performance.now(),
  after: (ms, fn) => {
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number): void => {
      timer =
        leftMs > LONGEST_MS
          ? setTimeout(() => wait(leftMs - LONGEST_MS), LONGEST_MS)
          : setTimeout(fn, leftMs);
      timer.unref();
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const done = (): void => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** Calls `fn` once everything the sockets hold at this moment has been read. */
export function afterPoll(fn: () => void): void {
  setImmediate(fn);
}
