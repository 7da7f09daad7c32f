import { expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { randomIds } from '../base/ids.ts';
import { createLog } from '../base/log.ts';
import { SidLedger } from './sid-ledger.ts';
import { Metrics } from '../base/metrics.ts';
import { createSender } from '../callback/send.ts';
import { findCall, updateCall } from '../store/calls.ts';
import { openStore } from '../store/open-store.ts';
import { dialLeg } from './dial-leg.ts';
import { openMainAccount } from './open-account.ts';
import { recordCallProgress } from './record-call-progress.ts';

it('the password a peer may ask for is kept until the call ends, and no longer', async () => {
  await using store = await openStore({ kind: 'memory' }, { onCommit: () => undefined });
  const { db, transact } = store;
  const sender = createSender({ clock: systemClock });
  const log = createLog('silent');
  const context = {
    db,
    transact,
    clock: systemClock,
    ids: randomIds,
    sender,
    log,
    metrics: new Metrics(),
    ledger: new SidLedger({ clock: systemClock, metrics: new Metrics() }),
    node: 1,
  };
  const { account } = await openMainAccount(context, undefined);
  const parent = { accountSid: account.sid, sid: null } as never;
  const { sid } = await dialLeg(context, parent, {
    to: 'sip:desk@host',
    from: '+15550001111',
    statusCallback: null,
    statusCallbackMethod: 'POST',
    statusCallbackEvents: [],
  });
  await transact((tx) => updateCall(tx, sid, { sipAuthUsername: 'u', sipAuthPassword: 'secret' }));

  await recordCallProgress(context, sid, { status: 'in-progress' });
  expect(await findCall(db, sid)).toMatchObject({ sipAuthPassword: 'secret' });

  await recordCallProgress(context, sid, { status: 'completed' });
  expect(await findCall(db, sid)).toMatchObject({ sipAuthUsername: 'u', sipAuthPassword: null });
  await sender.close();
});
