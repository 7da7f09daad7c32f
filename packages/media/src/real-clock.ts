/* oxlint-disable no-restricted-globals -- The one file of this package that touches real timers. */
import { performance } from 'node:perf_hooks';
import type { MediaClock } from './media-clock.ts';

/**
 * What `setTimeout` can wait for; anything longer, it takes for 1 ms. Nothing of media waits as
 * long, so that a longer time is cut to this.
 */
const LONGEST_MS = 2 ** 31 - 1;

/** The machine's own monotonic clock and timers. */
export const realClock: MediaClock = {
  now: () => performance.now(),
  at: (performanceMs) => performanceMs,
  after(ms, fn) {
    // Node truncates to whole milliseconds; rounding up means a timer is never early.
    const timer = setTimeout(fn, Math.min(Math.ceil(ms), LONGEST_MS));
    return () => clearTimeout(timer);
  },
};

/** How far this clock of this thread lies behind the one that all threads of the machine share, in milliseconds. */
export function offsetMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6 - realClock.now();
}
