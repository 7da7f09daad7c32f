import type { ActionContext } from '../actions/context.ts';
import { runConversationTimers, TIMERS_BATCH } from '../actions/run-conversation-timers.ts';
import { afterPoll } from '../base/clock.ts';
import type { Log } from '../base/log.ts';

/** The shortest timer is a minute; a state change may be this late. */
const TICK_MS = 5000;

/** Moves conversations whose timers ran out, until closed. */
export function watchConversationTimers(
  context: ActionContext,
  log: Log,
): { close(): Promise<void> } {
  const stop = new AbortController();
  let cancel: () => void = () => undefined;
  let running: Promise<void> = Promise.resolve();
  const tick = async (): Promise<void> => {
    try {
      // After a full batch there may be more, and requests that came meanwhile go first.
      while (!stop.signal.aborted && (await runConversationTimers(context)) === TIMERS_BATCH) {
        await new Promise<void>(afterPoll);
      }
    } catch (err) {
      log.error({ err }, 'conversation timers not run');
    }
    next();
  };
  const next = (): void => {
    if (stop.signal.aborted) return;
    cancel = context.clock.after(TICK_MS, () => {
      running = tick();
    });
  };
  next();
  return {
    close: async () => {
      stop.abort();
      cancel();
      await running;
    },
  };
}
