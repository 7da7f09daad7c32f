import type { E164, Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { Call } from '../model/call.ts';
import type { Validation } from '../model/outgoing-caller-id.ts';
import { spoken } from '../model/phone-number.ts';
import type { HttpMethod } from '../model/voice-urls.ts';
import { findFirstPhoneNumber, findPhoneNumberByDigits } from '../store/phone-numbers.ts';
import type { New } from '../store/schema.ts';
import type { ActionContext } from './context.ts';
import { findCallerId } from './find-caller-id.ts';
import { placeCallIn } from './place-call.ts';

/** Who has no number to show. RFC 3261 §20.20 */
const ANONYMOUS = 'sip:anonymous@anonymous.invalid';
const TIMEOUT_SEC = 60;

/** How a number is to be verified. */
export interface WantedValidation {
  readonly phoneNumber: E164;
  /** null = the number as people write it. */
  readonly friendlyName: string | null;
  readonly delaySec: number;
  /** Keyed once somebody has answered. */
  readonly extension: string | null;
  readonly statusCallback: string | null;
  readonly statusCallbackMethod: HttpMethod;
}

/**
 * Calls a number whose owner is to key a code, so that the account may show it.
 *
 * @throws RequestError callerIdVerified, phoneNumberTaken, callFromInactiveAccount
 */
export async function requestValidation(
  context: ActionContext,
  accountSid: Sid<'AC'>,
  wanted: WantedValidation,
): Promise<{ readonly call: New<Call>; readonly validation: Validation }> {
  const { phoneNumber } = wanted;
  return context.transact(async (tx) => {
    const sid = await findCallerId(tx, accountSid, phoneNumber);
    if (sid !== undefined) {
      throw refusal('callerIdVerified', { given: phoneNumber, sid }, { resourceSid: sid });
    }
    if ((await findPhoneNumberByDigits(tx, phoneNumber)) !== undefined) {
      throw refusal('phoneNumberTaken', { given: phoneNumber });
    }
    const validation: Validation = {
      friendlyName: wanted.friendlyName ?? spoken(phoneNumber),
      code: String(Math.floor(context.ids.fraction() * 1e6)).padStart(6, '0'),
      delaySec: wanted.delaySec,
      outgoingCallerIdSid: null,
    };
    const call = await placeCallIn(tx, context, {
      accountSid,
      to: phoneNumber,
      from: (await findFirstPhoneNumber(tx, accountSid))?.phoneNumber ?? ANONYMOUS,
      validation,
      url: null,
      method: 'POST',
      twiml: null,
      applicationSid: null,
      fallbackUrl: null,
      fallbackMethod: 'POST',
      statusCallback: wanted.statusCallback,
      statusCallbackMethod: wanted.statusCallbackMethod,
      statusCallbackEvents: ['completed'],
      timeoutSec: TIMEOUT_SEC,
      timeLimitSec: null,
      sendDigits: wanted.extension,
      sipAuthUsername: null,
      sipAuthPassword: null,
      conductorSid: null,
    });
    return { call, validation };
  });
}
