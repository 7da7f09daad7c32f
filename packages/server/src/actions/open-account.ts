import type { Sid } from '@tutti/ids';
import type { Account } from '../model/account.ts';
import { findMainAccount, insertAccount } from '../store/accounts.ts';
import { insertApiKey } from '../store/api-keys.ts';
import type { ActionContext } from './context.ts';
import { newApiKey } from './create-api-key.ts';
import { insertNewService } from './create-service.ts';

/** The first account and its first API key; the secret is shown this once. */
export interface OpenedAccount {
  readonly account: Pick<Account, 'sid' | 'authToken'>;
  readonly apiKey: { readonly sid: Sid<'SK'>; readonly secret: string };
}

/** Makes the main account unless there is one already; then returns undefined. */
export async function openMainAccount(
  context: ActionContext,
  given: { readonly accountSid: Sid<'AC'>; readonly authToken: string } | undefined,
): Promise<OpenedAccount | undefined> {
  const { ids, clock } = context;
  return context.transact(async (tx) => {
    if ((await findMainAccount(tx)) !== undefined) return undefined;
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
