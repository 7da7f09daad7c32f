import type { E164, Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import { spoken, type PhoneNumber } from '../model/phone-number.ts';
import { checkFallbacks, type VoiceUrls } from '../model/voice-urls.ts';
import {
  findPhoneNumberByDigits,
  insertPhoneNumber,
  lockPhoneNumberDigits,
} from '../store/phone-numbers.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';
import { requireApplication } from './require-application.ts';

export type PhoneNumberSettings = VoiceUrls &
  Pick<PhoneNumber, 'voiceApplicationSid' | 'smsApplicationSid'> & {
    /** null = the number as people write it. */
    readonly friendlyName: string | null;
  };

/** A number that is brought in, or the area code of one to be made up. */
export type WantedNumber = { readonly phoneNumber: E164 } | { readonly areaCode: string };

/**
 * Gives the account a number of its own.
 *
 * @throws RequestError phoneNumberTaken, noNumberInAreaCode, invalidApplicationSid, fallbackWithoutUrl,
 * smsFallbackWithoutUrl
 */
export async function createPhoneNumber(
  context: ActionContext,
  accountSid: Sid<'AC'>,
  wanted: WantedNumber,
  settings: PhoneNumberSettings,
  origin: Origin,
): Promise<New<PhoneNumber>> {
  checkFallbacks(settings);
  return context.transact(async (tx) => {
    await checkApplications(tx, accountSid, settings);
    const phoneNumber =
      'areaCode' in wanted ? await freeNumber(tx, wanted.areaCode) : wanted.phoneNumber;
    if ((await findPhoneNumberByDigits(tx, phoneNumber)) !== undefined) {
      throw refusal('phoneNumberTaken', { given: phoneNumber });
    }
    const now = context.clock.now();
    const number: New<PhoneNumber> = {
      ...settings,
      sid: context.ids.sid('PN'),
      accountSid,
      phoneNumber,
      friendlyName: settings.friendlyName ?? spoken(phoneNumber),
      dateCreated: now,
      dateUpdated: now,
    };
    await insertPhoneNumber(tx, number);
    await recordEvent(tx, context, origin, {
      type: 'phone-number',
      accountSid,
      resourceSid: number.sid,
      current: number,
    });
    return number;
  });
}

/** @throws RequestError invalidApplicationSid */
export async function checkApplications(
  tx: Tx,
  accountSid: Sid<'AC'>,
  settings: Partial<Pick<PhoneNumber, 'voiceApplicationSid' | 'smsApplicationSid'>>,
): Promise<void> {
  for (const sid of [settings.voiceApplicationSid, settings.smsApplicationSid]) {
    if (sid != null) await requireApplication(tx, accountSid, sid);
  }
}

const LINES = 10_000;
/** 555-0100 to 555-0199 are kept free for fiction, so they are given out first. Source: NANPA, 555 line numbers */
const FIRST_LINE = 100;

async function freeNumber(tx: Tx, areaCode: string): Promise<string> {
  const exchange = `+1${areaCode}555`;
  const taken = new Set(await lockPhoneNumberDigits(tx, exchange));
  for (let i = 0; i < LINES; i += 1) {
    const line = String((FIRST_LINE + i) % LINES).padStart(4, '0');
    if (!taken.has(exchange + line)) return exchange + line;
  }
  throw refusal('noNumberInAreaCode', { given: areaCode, pattern: `${exchange}xxxx` });
}
