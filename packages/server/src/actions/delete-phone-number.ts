import type { PhoneNumber } from '../model/phone-number.ts';
import { deletePhoneNumber } from '../store/phone-numbers.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

/** Releases a number: from then on any account may create it. Bindings that name it stay as they are. */
export async function removePhoneNumber(
  context: ActionContext,
  number: PhoneNumber,
  origin: Origin,
): Promise<void> {
  const { sid, accountSid } = number;
  await context.transact(async (tx) => {
    await deletePhoneNumber(tx, sid);
    await recordEvent(tx, context, origin, {
      type: 'phone-number',
      accountSid,
      resourceSid: sid,
      previous: number,
    });
  });
}
