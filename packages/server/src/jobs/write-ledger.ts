import type { ActionContext } from '../actions/context.ts';
import { writeSidUses } from '../actions/write-sid-uses.ts';
import type { Log } from '../base/log.ts';

/** How long a use of a SID may stay in memory alone: as much is lost by a crash. */
const TICK_MS = 1000;

/** Writes the uses of SIDs that were noted, every second, until closed; then the last of them. */
export function watchLedger(context: ActionContext, log: Log): { close(): Promise<void> } {
  let isClosed = false;
  let cancel: () => void = () => undefined;
  let running: Promise<void> = Promise.resolve();
  const write = async (): Promise<void> => {
    if (context.ledger.isEmpty) return;
    try {
      await writeSidUses(context);
    } catch (err) {
      log.warn({ err }, 'uses of sids not written');
    }
  };
  const next = (): void => {
    if (isClosed) return;
    cancel = context.clock.after(TICK_MS, () => {
      running = write().then(next);
    });
  };
  next();
  return {
    close: async () => {
      isClosed = true;
      cancel();
      await running;
      await write();
    },
  };
}
