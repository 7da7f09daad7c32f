import { expect, it } from 'vitest';
import { openActions } from '../../tests/_open-actions.ts';
import { findCall, updateCall } from '../store/calls.ts';
import { dialLeg } from './dial-leg.ts';
import { openMainAccount } from './open-account.ts';
import { recordCallProgress } from './record-call-progress.ts';

it('the password a peer may ask for is kept until the call ends, and no longer', async () => {
  await using context = await openActions();
  const { db, transact } = context;
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
});
