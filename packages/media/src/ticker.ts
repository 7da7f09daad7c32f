import { FRAME_MS } from './frame.ts';
import type { MediaClock } from './media-clock.ts';

/** Ticks made up one by one after a stall; older ones are skipped. */
const MAX_CATCH_UP_TICKS = 5;

/**
 * Calls back every 20 ms on absolute deadlines, so that lateness never adds up.
 *
 * After a stall the missed ticks follow at once, with the event loop free between them to receive
 * what has arrived; after a long stall most are skipped, and the callback is told how many.
 */
export class Ticker {
  readonly #clock: MediaClock;
  readonly #onTick: (skippedTicks: number) => void;
  #deadlineMs = 0;
  #cancel: (() => void) | undefined;
  #ticks = 0;
  #lateTicks = 0;

  constructor(clock: MediaClock, onTick: (skippedTicks: number) => void) {
    this.#clock = clock;
    this.#onTick = onTick;
  }

  get ticks(): number {
    return this.#ticks;
  }

  /** Ticks that began more than 20 ms after their deadline, and those skipped. */
  get lateTicks(): number {
    return this.#lateTicks;
  }

  /** The first tick comes in 20 ms. Does nothing when running. */
  start(): void {
    if (this.#cancel === undefined) {
      this.#deadlineMs = this.#clock.now() + FRAME_MS;
      this.#schedule();
    }
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #schedule(): void {
    const delayMs = Math.max(0, this.#deadlineMs - this.#clock.now());
    this.#cancel = this.#clock.after(delayMs, () => this.#run());
  }

  #run(): void {
    const lateMs = this.#clock.now() - this.#deadlineMs;
    let skippedTicks = 0;
    if (lateMs > FRAME_MS) {
      this.#lateTicks += 1;
      skippedTicks = Math.max(0, Math.floor(lateMs / FRAME_MS) - MAX_CATCH_UP_TICKS);
      this.#lateTicks += skippedTicks;
    }
    this.#deadlineMs += (1 + skippedTicks) * FRAME_MS;
    this.#ticks += 1;
    this.#schedule();
    this.#onTick(skippedTicks);
  }
}
