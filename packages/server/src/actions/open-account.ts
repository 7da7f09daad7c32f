import type { Sid } from '@tutti/ids';
import type { Account } from '../model/account.ts';
import { lockMainAccount } from '../store/accounts.ts';
import { systemOrigin, type ActionContext } from './context.ts';
import { insertNewApiKey } from './create-api-key.ts';
import { insertNewAccount } from './create-subaccount.ts';

/** The main account. */
export interface OpenedAccount {
  readonly account: Pick<Account, 'sid' | 'authToken'>;
  /** Its first API key, when the account was made just now; the secret is shown this once. */
  readonly apiKey: { readonly sid: string; readonly secret: string } | undefined;
}

/** The main account; made, with the credentials given or random ones, when there is none yet. */
export async function openMainAccount(
  context: ActionContext,
  given: { readonly accountSid: Sid<'AC'>; readonly authToken: string } | undefined,
): Promise<OpenedAccount> {
  const { ids } = context;
  return context.transact(async (tx) => {
    const existing = await lockMainAccount(tx);
    if (existing !== undefined) return { account: existing, apiKey: undefined };
    const account = await insertNewAccount(
      tx,
      context,
      {
        sid: given?.accountSid ?? ids.sid('AC'),
        authToken: given?.authToken ?? ids.secret(),
        parentSid: null,
        friendlyName: 'Tutti',
      },
      systemOrigin,
    );
    const { key, secret } = await insertNewApiKey(
      tx,
      context,
      account.sid,
      'First key',
      systemOrigin,
    );
    return { account, apiKey: { sid: key.sid, secret } };
  });
}
