import type { TestServerOptions } from '../../src/index.ts';

type Clock = NonNullable<TestServerOptions['clock']>;

interface Pending {
  readonly dueMs: number;
  readonly fn: () => void;
  timer: NodeJS.Timeout | undefined;
}

/** The machine's clock, that counts who waits for it, and can be put forward so that they need not. */
export function countingClock(): Clock & {
  /** How many wait for something. */
  readonly waiting: number;
  forward(ms: number): void;
} {
  let aheadMs = 0;
  const pending = new Set<Pending>();
  const elapsedMs = (): number => performance.now() + aheadMs;
  const arm = (each: Pending): void => {
    clearTimeout(each.timer);
    const fire = (): void => {
      pending.delete(each);
      each.fn();
    };
    // Whole ones: the system keeps a list for each length.
    const leftMs = Math.min(2 ** 31 - 1, Math.max(0, Math.ceil(each.dueMs - elapsedMs())));
    each.timer = setTimeout(fire, leftMs);
    each.timer.unref();
  };
  return {
    get waiting() {
      return pending.size;
    },
    now: () => Date.now() + aheadMs,
    elapsedMs,
    after: (ms, fn) => {
      const each: Pending = { dueMs: elapsedMs() + ms, fn, timer: undefined };
      pending.add(each);
      arm(each);
      return () => {
        clearTimeout(each.timer);
        pending.delete(each);
      };
    },
    forward: (ms) => {
      aheadMs += ms;
      for (const each of pending) arm(each);
    },
  };
}
