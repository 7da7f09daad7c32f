import { sleep } from '../base/clock.ts';
import type { VoiceContext } from './context.ts';

/** How soon what could not be written is written again, at first and at most. */
const RETRY_MS = 1000;
const RETRY_MAX_MS = 30_000;

/**
 * Writes again what the database did not take, until it does. Gives up when the door closes: the next start finds what
 * was left. Never rejects.
 */
export async function writeLate(
  { actions, closing, log }: VoiceContext,
  { callSid, what }: { readonly callSid: string; readonly what: string },
  write: () => Promise<unknown>,
): Promise<void> {
  for (let waitMs = RETRY_MS; ; waitMs = Math.min(2 * waitMs, RETRY_MAX_MS)) {
    await sleep(actions.clock, waitMs, closing);
    try {
      await write();
      log.info({ callSid, what }, 'written late');
      return;
    } catch (err) {
      log.debug({ err, callSid, what }, 'not written again');
      if (closing.aborted) return;
    }
  }
}
