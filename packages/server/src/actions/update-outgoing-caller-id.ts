import type { OutgoingCallerId } from '../model/outgoing-caller-id.ts';
import { spoken } from '../model/phone-number.ts';
import { updateOutgoingCallerId } from '../store/outgoing-caller-ids.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

/** Names a verified number; null names it as people write it. */
export async function changeOutgoingCallerId(
  context: ActionContext,
  callerId: OutgoingCallerId,
  friendlyName: string | null,
  origin: Origin,
): Promise<OutgoingCallerId> {
  const { sid, accountSid, phoneNumber } = callerId;
  return context.transact(async (tx) => {
    const change = {
      friendlyName: friendlyName ?? spoken(phoneNumber),
      dateUpdated: context.clock.now(),
    };
    await updateOutgoingCallerId(tx, sid, change);
    const changed = { ...callerId, ...change };
    await recordEvent(tx, context, origin, {
      type: 'outgoing-caller-id',
      accountSid,
      resourceSid: sid,
      previous: callerId,
      current: changed,
    });
    return changed;
  });
}
