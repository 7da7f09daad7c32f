/** Time as the stack sees it, so that tests can move it. */
export interface SipClock {
  /** Milliseconds on any steady scale. */
  now(): number;
  /** Calls `fn` once after `ms`; the returned function cancels and may be called at any time. */
  after(ms: number, fn: () => void): () => void;
}

/** Counts the timers it has running, so that a leak is a number and not a hunch. */
export class CountingClock implements SipClock {
  readonly #clock: SipClock;
  readonly #running = new Set<() => void>();

  constructor(clock: SipClock) {
    this.#clock = clock;
  }

  get running(): number {
    return this.#running.size;
  }

  now(): number {
    return this.#clock.now();
  }

  after(ms: number, fn: () => void): () => void {
    const cancel = (): void => {
      if (this.#running.delete(cancel)) stop();
    };
    const stop = this.#clock.after(ms, () => {
      this.#running.delete(cancel);
      fn();
    });
    this.#running.add(cancel);
    return cancel;
  }

  /** Cancels everything still running. */
  clear(): void {
    for (const cancel of this.#running) cancel();
  }
}
