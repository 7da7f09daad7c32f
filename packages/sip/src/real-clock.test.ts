import { expect, test } from 'vitest';
import { realClock } from './real-clock.ts';

test.each([2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER, Infinity])(
  'a timer of %d ms is not taken for one that is due',
  async (ms) => {
    let isDue = false;
    const cancel = realClock.after(ms, () => {
      isDue = true;
    });

    // What is due at once goes before a later timer.
    await new Promise<void>((resolve) => {
      realClock.after(20, resolve);
    });

    expect(isDue).toBe(false);
    cancel();
  },
);
