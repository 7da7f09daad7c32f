import type { SipAddress } from '../model/sip-domain.ts';
import { deleteSipAddress, findSipAddress, lockSipList } from '../store/sip-lists.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

/** Takes a network out of its access list. */
export async function removeSipAddress(
  context: ActionContext,
  { sid, listSid, accountSid }: SipAddress,
  origin: Origin,
): Promise<void> {
  await context.transact(async (tx) => {
    await lockSipList(tx, listSid);
    const address = await findSipAddress(tx, listSid, sid);
    if (address === undefined) return;
    await deleteSipAddress(tx, sid);
    await recordEvent(tx, context, origin, {
      type: 'sip-address',
      accountSid,
      resourceSid: sid,
      previous: address,
    });
  });
}
