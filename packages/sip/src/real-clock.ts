/* oxlint-disable no-restricted-globals, no-restricted-properties --
   The package's one door to real time: everything else takes a SipClock. */
import type { SipClock } from './clock.ts';

export const realClock: SipClock = {
  now: () => performance.now(),
  after: (ms, fn) => {
    const timer = setTimeout(fn, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};
