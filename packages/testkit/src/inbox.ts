import { createDeferred, type Deferred } from './deferred.ts';

interface Waiting<T> {
  readonly fits: (value: T) => boolean;
  readonly result: Deferred<T>;
  readonly stopTimer: () => void;
}

/** Things that arrive, each given out once, in order, to whoever waits for such a one. */
export class Inbox<T> {
  readonly #held: T[] = [];
  readonly #waiting = new Set<Waiting<T>>();
  #closed: Error | undefined;

  /** What arrived and was not given out. */
  get held(): readonly T[] {
    return this.#held;
  }

  put(value: T): void {
    for (const waiting of this.#waiting) {
      if (!waiting.fits(value)) continue;
      this.#forget(waiting);
      waiting.result.resolve(value);
      return;
    }
    this.#held.push(value);
  }

  /** The first that fits, now or within the time allowed; else rejects with what `onTimeout` makes. */
  next(
    fits: (value: T) => boolean,
    options: { readonly timeoutMs: number; readonly onTimeout: () => Error },
  ): Promise<T> {
    const index = this.#held.findIndex(fits);
    const [found] = index === -1 ? [] : this.#held.splice(index, 1);
    if (found !== undefined) return Promise.resolve(found);
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const timer = setTimeout(() => {
      this.#forget(waiting);
      waiting.result.reject(options.onTimeout());
    }, options.timeoutMs);
    const waiting: Waiting<T> = {
      fits,
      result: createDeferred<T>(),
      stopTimer: () => {
        clearTimeout(timer);
      },
    };
    this.#waiting.add(waiting);
    return waiting.result.promise;
  }

  /** Nothing will arrive any more: all who wait, and who ask later, get the error. */
  close(error: Error): void {
    this.#closed ??= error;
    for (const waiting of this.#waiting) {
      this.#forget(waiting);
      waiting.result.reject(error);
    }
  }

  #forget(waiting: Waiting<T>): void {
    waiting.stopTimer();
    this.#waiting.delete(waiting);
  }
}
