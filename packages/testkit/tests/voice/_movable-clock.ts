import type { TestServerOptions } from '../../src/index.ts';

type Clock = NonNullable<TestServerOptions['clock']>;

/** The machine's clock; time can be made to pass, and the calendar's clock to be set without that. */
export function movableClock(): Clock & {
  forward(ms: number): void;
  set(byMs: number): void;
} {
  let aheadMs = 0;
  let setMs = 0;
  return {
    now: () => Date.now() + aheadMs + setMs,
    elapsedMs: () => performance.now() + aheadMs,
    after: (ms, fn) => {
      const timer = setTimeout(fn, ms);
      return () => clearTimeout(timer);
    },
    forward: (ms) => {
      aheadMs += ms;
    },
    set: (byMs) => {
      setMs += byMs;
    },
  };
}
