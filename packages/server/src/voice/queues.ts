import type { Sid } from '@tutti/ids';
import { deferred } from '../base/deferred.ts';
import { aborted } from './aborted.ts';
import type { Leg } from './leg.ts';
import type { LiveCall } from './live-call.ts';
import { QueuedCall } from './queued-call.ts';

/** Tells who dials a queue that it is worth looking again. */
export interface QueueWatch {
  /** Resolves when there was news since it resolved last, or `signal` aborts. */
  news(signal: AbortSignal): Promise<void>;
  close(): void;
}

/** The calls of this node that wait in queues, and the calls that wait for one to come. */
export class Queues {
  /** By call SID. */
  readonly #waiting = new Map<string, QueuedCall>();
  /** By queue SID. */
  readonly #watches = new Map<string, Set<() => void>>();

  get size(): number {
    return this.#waiting.size;
  }

  add(live: LiveCall, leg: Leg): QueuedCall {
    const queued = new QueuedCall(live, leg);
    this.#waiting.set(live.call.sid, queued);
    return queued;
  }

  remove({ live }: QueuedCall): void {
    this.#waiting.delete(live.call.sid);
  }

  find(callSid: Sid<'CA'>): QueuedCall | undefined {
    return this.#waiting.get(callSid);
  }

  /** Its rows say something new. */
  changed(queueSid: Sid<'QU'>): void {
    for (const tell of this.#watches.get(queueSid) ?? []) tell();
  }

  watch(queueSid: Sid<'QU'>): QueueWatch {
    let untold = deferred();
    const tell = (): void => untold.resolve();
    const watches = this.#watches.get(queueSid) ?? new Set();
    this.#watches.set(queueSid, watches.add(tell));
    return {
      news: async (signal) => {
        await Promise.race([untold.promise, aborted(signal)]);
        untold = deferred();
      },
      close: () => {
        watches.delete(tell);
        if (watches.size === 0) this.#watches.delete(queueSid);
      },
    };
  }
}
