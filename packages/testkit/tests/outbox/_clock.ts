import type { ServerOptions } from '@tutti/server';

interface Waiting {
  readonly at: number;
  readonly fire: () => void;
}

/** The machine's clock, which can be moved on: what was to happen meanwhile happens at once. */
export class JumpingClock implements NonNullable<ServerOptions['clock']> {
  readonly #waiting = new Set<Waiting>();
  #aheadMs = 0;

  now(): number {
    return Date.now() + this.#aheadMs;
  }

  elapsedMs(): number {
    return performance.now() + this.#aheadMs;
  }

  after(ms: number, fn: () => void): () => void {
    const fire = (): void => {
      cancel();
      fn();
    };
    const entry = { at: this.now() + ms, fire };
    const timer = setTimeout(fire, ms);
    const cancel = (): void => {
      clearTimeout(timer);
      this.#waiting.delete(entry);
    };
    this.#waiting.add(entry);
    return cancel;
  }

  jump(ms: number): void {
    this.#aheadMs += ms;
    const due = [...this.#waiting].filter(({ at }) => at <= this.now());
    for (const { fire } of due.toSorted((a, b) => a.at - b.at)) fire();
  }
}
