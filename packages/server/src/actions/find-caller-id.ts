import type { Sid } from '@tutti/ids';
import { findOutgoingCallerIdByDigits } from '../store/outgoing-caller-ids.ts';
import type { Db } from '../store/open-store.ts';
import { findPhoneNumberByDigits } from '../store/phone-numbers.ts';
import type { Tx } from '../store/transact.ts';

/** By which of its own the account may show the number: one that it has, or has verified. Undefined: it may not. */
export async function findCallerId(
  db: Db | Tx,
  accountSid: Sid<'AC'>,
  phoneNumber: string,
): Promise<Sid<'PN'> | undefined> {
  const number = await findPhoneNumberByDigits(db, phoneNumber);
  if (number?.accountSid === accountSid) return number.sid;
  return (await findOutgoingCallerIdByDigits(db, accountSid, phoneNumber))?.sid;
}
