import type { TestServerOptions } from '../../src/index.ts';

type Clock = NonNullable<TestServerOptions['clock']>;

/** The clock on the wall, which can be put forward. */
export function movableClock(): Clock & { forward(ms: number): void } {
  let aheadMs = 0;
  return {
    now: () => Date.now() + aheadMs,
    after: (ms, fn) => {
      const timer = setTimeout(fn, ms);
      return () => clearTimeout(timer);
    },
    forward: (ms) => {
      aheadMs += ms;
    },
  };
}
