import { explainSid, isSid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import { findAccount } from '../store/accounts.ts';
import type { Db } from '../store/open-store.ts';
import type { Caller } from './auth.ts';

/**
 * The caller of a path that names another account than the credentials do: a subaccount, which its parent's auth
 * token opens, suspended and closed too. Keys open the account they were made in. Twilio: iam/api/subaccounts
 *
 * @throws RequestError authenticate; accountNotActive for changes in a closed account
 */
export async function actingOn(
  db: Db,
  caller: Caller,
  pathAccount: string,
  method: string,
): Promise<Caller> {
  const { account: parent, keySid } = caller;
  const account = isSid(pathAccount, 'AC') ? await findAccount(db, pathAccount) : undefined;
  if (account?.parentSid !== parent.sid) {
    const what = isSid(pathAccount, 'AC')
      ? 'Use the credentials of the account in the path.'
      : `${explainSid(pathAccount).sentence} Write /Accounts/${parent.sid}/…`;
    throw refusal('authenticate', {
      problem: `the credentials are of account ${parent.sid}, the path names ${pathAccount}. ${what}`,
    });
  }
  if (keySid !== undefined) {
    throw refusal('authenticate', {
      problem: `the API key ${keySid} is of account ${parent.sid} and does not open its subaccount ${account.sid}. Use the auth token of ${parent.sid}, or a key of ${account.sid}.`,
    });
  }
  if (account.status === 'closed' && method !== 'GET') {
    throw refusal('accountNotActive', { account: account.sid, problem: 'closed, for good' });
  }
  return { account, parent, keySid };
}
