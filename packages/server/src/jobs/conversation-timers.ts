import type { ActionContext } from '../actions/context.ts';
import { runConversationTimers } from '../actions/run-conversation-timers.ts';
import type { Log } from '../base/log.ts';

/** The shortest timer is a minute; a state change may be this late. */
const TICK_MS = 5000;

/** Moves conversations whose timers ran out, until closed. */
export function watchConversationTimers(
  context: ActionContext,
  log: Log,
): { close(): Promise<void> } {
  let stopped = false;
  let cancel: () => void = () => undefined;
  let running: Promise<void> = Promise.resolve();
  const tick = async (): Promise<void> => {
    try {
      await runConversationTimers(context);
    } catch (err) {
      log.error({ err }, 'conversation timers not run');
    }
    next();
  };
  const next = (): void => {
    if (stopped) return;
    cancel = context.clock.after(TICK_MS, () => {
      running = tick();
    });
  };
  next();
  return {
    close: async () => {
      stopped = true;
      cancel();
      await running;
    },
  };
}
