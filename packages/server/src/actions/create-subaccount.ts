import { refusal } from '../base/app-error.ts';
import type { Account } from '../model/account.ts';
import { insertAccount } from '../store/accounts.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import type { ActionContext, Origin } from './context.ts';
import { insertNewService } from './create-service.ts';
import { recordEvent } from './record-event.ts';

type Needs = Pick<ActionContext, 'ids' | 'clock'>;

/** Makes an account that `parent` owns. @throws RequestError forbidden: a subaccount owns none. */
export async function createSubaccount(
  context: ActionContext,
  parent: Pick<Account, 'sid' | 'parentSid'>,
  friendlyName: string,
  origin: Origin,
): Promise<New<Account>> {
  if (parent.parentSid !== null) {
    throw refusal('forbidden', {
      problem: `${parent.sid} is a subaccount, and a subaccount has none of its own. Use the credentials of its parent.`,
    });
  }
  const { ids } = context;
  return context.transact((tx) =>
    insertNewAccount(
      tx,
      context,
      { sid: ids.sid('AC'), authToken: ids.secret(), parentSid: parent.sid, friendlyName },
      origin,
    ),
  );
}

/** An account with the service that its conversations are in. */
export async function insertNewAccount(
  tx: Tx,
  context: Needs,
  given: Pick<Account, 'sid' | 'authToken' | 'parentSid' | 'friendlyName'>,
  origin: Origin,
): Promise<New<Account>> {
  const { sid } = given;
  const service = await insertNewService(tx, context, sid, 'Default Conversations Service', origin);
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
  await recordEvent(tx, context, origin, {
    type: 'account',
    accountSid: sid,
    resourceSid: sid,
    current: account,
  });
  return account;
}
