import type { ActionContext } from '../actions/context.ts';
import { OutletError } from '../base/app-error.ts';
import { sleep } from '../base/clock.ts';

/** How long a failed database is left alone. */
export const REST_MS = 1000;

/**
 * Does `work`, again and again for as long as the database fails; what a webhook began may so be finished when the
 * database is back, without doing the whole of it twice.
 *
 * @throws what `work` throws, when trying again is of no use or `signal` aborted.
 */
export async function outlast<T>(
  { clock, log }: Pick<ActionContext, 'clock' | 'log'>,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await work();
    } catch (err) {
      if (!(err instanceof OutletError) || !err.retryable || signal.aborted) throw err;
      if (failures === 0) log.warn({ err }, 'waiting for the database');
    }
    await sleep(clock, REST_MS, signal);
  }
}
