import type { PhoneNumber } from '../model/phone-number.ts';
import { deletePhoneNumber } from '../store/phone-numbers.ts';
import type { ActionContext } from './context.ts';

/** Releases a number: from then on any account may create it. Bindings that name it stay as they are. */
export async function removePhoneNumber(
  context: ActionContext,
  { sid }: Pick<PhoneNumber, 'sid'>,
): Promise<void> {
  await context.transact((tx) => deletePhoneNumber(tx, sid));
}
