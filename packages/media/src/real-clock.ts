/* oxlint-disable no-restricted-globals -- The one file of this package that touches real timers. */
import { performance } from 'node:perf_hooks';
import type { MediaClock } from './media-clock.ts';

/** The machine's own monotonic clock and timers. */
export const realClock: MediaClock = {
  now: () => performance.now(),
  after(ms, fn) {
    // Node truncates to whole milliseconds; rounding up means a timer is never early.
    const timer = setTimeout(fn, Math.ceil(ms));
    return () => clearTimeout(timer);
  },
};
