import { refusal } from '../base/app-error.ts';
import { spoken, type PhoneNumber } from '../model/phone-number.ts';
import { checkFallbacks } from '../model/voice-urls.ts';
import { findPhoneNumber, updatePhoneNumber } from '../store/phone-numbers.ts';
import type { ActionContext, Origin } from './context.ts';
import { checkApplications, type PhoneNumberSettings } from './create-phone-number.ts';
import { recordEvent } from './record-event.ts';

/**
 * The next call or message to the number is served as it says then.
 *
 * @throws RequestError notFound when it was released meanwhile, invalidApplicationSid, fallbackWithoutUrl,
 * smsFallbackWithoutUrl
 */
export async function changePhoneNumber(
  context: ActionContext,
  number: PhoneNumber,
  change: Partial<PhoneNumberSettings>,
  origin: Origin,
): Promise<PhoneNumber> {
  return context.transact(async (tx) => {
    const { accountSid, sid } = number;
    const current = await findPhoneNumber(tx, accountSid, sid);
    if (current === undefined) throw refusal('notFound', { path: `IncomingPhoneNumbers/${sid}` });
    await checkApplications(tx, accountSid, change);
    const { friendlyName = current.friendlyName, ...rest } = change;
    const changed: PhoneNumber = {
      ...current,
      ...rest,
      friendlyName: friendlyName ?? spoken(current.phoneNumber),
      dateUpdated: context.clock.now(),
    };
    checkFallbacks(changed);
    const { seq: _, ...columns } = changed;
    await updatePhoneNumber(tx, sid, columns);
    await recordEvent(tx, context, origin, {
      type: 'phone-number',
      accountSid,
      resourceSid: sid,
      previous: current,
      current: changed,
    });
    return changed;
  });
}
