import { refusal } from '../base/app-error.ts';
import type { Account } from '../model/account.ts';
import { insertAccount } from '../store/accounts.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import type { ActionContext } from './context.ts';
import { insertNewService } from './create-service.ts';

type Needs = Pick<ActionContext, 'ids' | 'clock'>;

/** Makes an account that `parent` owns. @throws RequestError forbidden: a subaccount owns none. */
export async function createSubaccount(
  context: ActionContext,
  parent: Pick<Account, 'sid' | 'parentSid'>,
  friendlyName: string,
): Promise<New<Account>> {
  if (parent.parentSid !== null) {
    throw refusal('forbidden', {
      problem: `${parent.sid} is a subaccount, and a subaccount has none of its own. Use the credentials of its parent.`,
    });
  }
  const { ids } = context;
  return context.transact((tx) =>
    insertNewAccount(tx, context, {
      sid: ids.sid('AC'),
      authToken: ids.secret(),
      parentSid: parent.sid,
      friendlyName,
    }),
  );
}

/** An account with the service that its conversations are in. */
export async function insertNewAccount(
  tx: Tx,
  context: Needs,
  given: Pick<Account, 'sid' | 'authToken' | 'parentSid' | 'friendlyName'>,
): Promise<New<Account>> {
  const { sid } = given;
  const service = await insertNewService(tx, context, sid, 'Default Conversations Service');
  const now = context.clock.now();
  const account: New<Account> = {
    ...given,
    status: 'active',
    secondaryAuthToken: null,
    defaultServiceSid: service.sid,
    defaultMessagingServiceSid: context.ids.sid('MG'),
    dateCreated: now,
    dateUpdated: now,
  };
  await insertAccount(tx, account);
  return account;
}
