import type { TestServerOptions } from '../../src/index.ts';

/** A clock that runs twenty times as fast, for what takes SIP half a minute. */
export function fastClock(): NonNullable<TestServerOptions['clock']> {
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * 20,
    elapsedMs: () => performance.now() * 20,
    after: (ms, fn) => {
      const timer = setTimeout(fn, ms / 20);
      return () => clearTimeout(timer);
    },
  };
}
