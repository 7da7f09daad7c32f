import type { OutgoingCallerId } from '../model/outgoing-caller-id.ts';
import { deleteOutgoingCallerId } from '../store/outgoing-caller-ids.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

/** Takes back that the account may show the number; calls under way go on. */
export async function removeOutgoingCallerId(
  context: ActionContext,
  callerId: OutgoingCallerId,
  origin: Origin,
): Promise<void> {
  const { sid, accountSid } = callerId;
  await context.transact(async (tx) => {
    await deleteOutgoingCallerId(tx, sid);
    await recordEvent(tx, context, origin, {
      type: 'outgoing-caller-id',
      accountSid,
      resourceSid: sid,
      previous: callerId,
    });
  });
}
