/* oxlint-disable no-restricted-globals, no-restricted-properties --
   The package's one door to real time: everything else takes a SipClock. */
import type { SipClock } from './clock.ts';

/** What `setTimeout` can wait for; anything longer, it takes for 1 ms. */
const LONGEST_MS = 2 ** 31 - 1;

export const realClock: SipClock = {
  now: () => performance.now(),
  after: (ms, fn) => {
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number): void => {
      timer =
        leftMs > LONGEST_MS
          ? setTimeout(() => wait(leftMs - LONGEST_MS), LONGEST_MS)
          : setTimeout(fn, leftMs);
    };
    wait(ms);
    return () => {
      clearTimeout(timer);
    };
  },
};
