import { Listeners } from './listeners.ts';
import type { ErrorReporter } from './listeners.ts';

interface Watch {
  readonly afterMs: number;
  readonly silence: Listeners<undefined>;
  isTold: boolean;
}

/** Notices that a peer which should be heard is not: a crashed phone, a lost network. */
export class SilenceWatchdog {
  readonly #report: ErrorReporter;
  /** Replaced, never changed: a listener may end its watch while it is being told. */
  #watches: readonly Watch[] = [];
  #sinceMs: number | undefined;

  constructor(report: ErrorReporter) {
    this.#report = report;
  }

  /** Tells `listener` once per silence of `afterMs`; the returned function ends that. */
  watch(afterMs: number, listener: () => void): () => void {
    const watch: Watch = { afterMs, silence: new Listeners(this.#report), isTold: false };
    watch.silence.add(listener);
    this.#watches = [...this.#watches, watch];
    return () => {
      this.#watches = this.#watches.filter((other) => other !== watch);
    };
  }

  /** The peer was heard, or is not meant to be: silence is counted from here. */
  restart(): void {
    this.#sinceMs = undefined;
  }

  /** Once per tick while the peer may send. */
  tick(nowMs: number): void {
    if (this.#sinceMs === undefined) {
      this.#sinceMs = nowMs;
      for (const watch of this.#watches) {
        watch.isTold = false;
      }
    }
    for (const watch of this.#watches) {
      if (!watch.isTold && nowMs - this.#sinceMs >= watch.afterMs) {
        watch.isTold = true;
        watch.silence.emit(undefined);
      }
    }
  }

  /** The peer cannot be heard any more, whatever it sends: nobody needs to wait. */
  lost(): void {
    for (const watch of this.#watches) {
      if (!watch.isTold) {
        watch.isTold = true;
        watch.silence.emit(undefined);
      }
    }
  }

  clear(): void {
    this.#watches = [];
  }
}
