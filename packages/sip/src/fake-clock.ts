import type { SipClock } from './clock.ts';

interface Waiting {
  readonly at: number;
  readonly fn: () => void;
}

/** A clock that moves only when told to. */
export class FakeClock implements SipClock {
  #now = 0;
  readonly #waiting = new Set<Waiting>();

  get pending(): number {
    return this.#waiting.size;
  }

  now(): number {
    return this.#now;
  }

  /** It moves evenly, so it measures too: it serves where a calendar's clock is wanted beside one that measures. */
  elapsedMs(): number {
    return this.#now;
  }

  after(ms: number, fn: () => void): () => void {
    const entry = { at: this.#now + ms, fn };
    this.#waiting.add(entry);
    return () => {
      this.#waiting.delete(entry);
    };
  }

  /** Moves time on, firing what falls due in order, including timers started on the way. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      let next: Waiting | undefined;
      for (const entry of this.#waiting) {
        if (entry.at <= end && (next === undefined || entry.at < next.at)) next = entry;
      }
      if (next === undefined) break;
      this.#waiting.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.fn();
    }
    this.#now = end;
  }
}
