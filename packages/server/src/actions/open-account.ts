import type { Sid } from '@tutti/ids';
import type { Account } from '../model/account.ts';
import { lockMainAccount, insertAccount } from '../store/accounts.ts';
import { insertApiKey } from '../store/api-keys.ts';
import type { ActionContext } from './context.ts';
import { newApiKey } from './create-api-key.ts';
import { insertNewService } from './create-service.ts';

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
  const { ids, clock } = context;
  return context.transact(async (tx) => {
    const existing = await lockMainAccount(tx);
    if (existing !== undefined) return { account: existing, apiKey: undefined };
    const now = clock.now();
    const sid = given?.accountSid ?? ids.sid('AC');
    const authToken = given?.authToken ?? ids.secret();
    const service = await insertNewService(tx, context, sid, 'Default Conversations Service');
    await insertAccount(tx, {
      sid,
      parentSid: null,
      friendlyName: 'Tutti',
      status: 'active',
      authToken,
      defaultServiceSid: service.sid,
      defaultMessagingServiceSid: ids.sid('MG'),
      dateCreated: now,
      dateUpdated: now,
    });
    const { key, secret } = newApiKey(context, sid, 'First key');
    await insertApiKey(tx, key);
    return { account: { sid, authToken }, apiKey: { sid: key.sid, secret } };
  });
}
