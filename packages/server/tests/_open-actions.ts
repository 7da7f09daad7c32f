import type { ActionContext } from '../src/actions/context.ts';
import { SidLedger } from '../src/actions/sid-ledger.ts';
import { systemClock, type Clock } from '../src/base/clock.ts';
import { randomIds } from '../src/base/ids.ts';
import { createLog } from '../src/base/log.ts';
import { Metrics } from '../src/base/metrics.ts';
import { createSender } from '../src/callback/send.ts';
import { openStore, type Store } from '../src/store/open-store.ts';

/** What actions are given, on `store`. To be disposed: it has the sender's connections. */
export function actionsOn(
  store: Store,
  clock: Clock = systemClock,
): ActionContext & AsyncDisposable {
  const sender = createSender({ clock: systemClock });
  const metrics = new Metrics();
  return {
    db: store.db,
    transact: store.transact,
    clock,
    ids: randomIds,
    sender,
    log: createLog('silent'),
    metrics,
    ledger: new SidLedger({ clock: systemClock, metrics }),
    node: 1,
    [Symbol.asyncDispose]: () => sender.close(),
  };
}

/** As `actionsOn`, on an empty database in memory. */
export async function openActions(clock?: Clock): Promise<ActionContext & AsyncDisposable> {
  const store = await openStore({ kind: 'memory' }, { onCommit: () => undefined });
  const actions = actionsOn(store, clock);
  return {
    ...actions,
    [Symbol.asyncDispose]: async () => {
      await actions[Symbol.asyncDispose]();
      await store.close();
    },
  };
}
