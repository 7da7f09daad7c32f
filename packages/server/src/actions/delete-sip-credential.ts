import type { SipCredential } from '../model/sip-domain.ts';
import { deleteSipCredential, findSipCredential, lockSipList } from '../store/sip-lists.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

/** Takes a username out of its list; it calls and registers no more. */
export async function removeSipCredential(
  context: ActionContext,
  { sid, listSid, accountSid, username }: SipCredential,
  origin: Origin,
): Promise<void> {
  await context.transact(async (tx) => {
    await lockSipList(tx, listSid);
    if ((await findSipCredential(tx, listSid, sid)) === undefined) return;
    await deleteSipCredential(tx, sid);
    await recordEvent(tx, context, origin, {
      type: 'sip-credential',
      accountSid,
      resourceSid: sid,
      previous: { username, listSid },
    });
  });
}
