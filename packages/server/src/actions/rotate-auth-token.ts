import type { Sid } from '@tutti/ids';
import { refusal, type RequestError } from '../base/app-error.ts';
import type { Account } from '../model/account.ts';
import { lockAccount, updateAccount } from '../store/accounts.ts';
import type { Tx } from '../store/transact.ts';
import { notify } from './announce.ts';
import type { ActionContext, Origin } from './context.ts';
import { recordEvent } from './record-event.ts';

/** Makes a second token, which opens the API beside the first. @throws RequestError secondaryTokenExists */
export async function createSecondaryToken(
  context: ActionContext,
  accountSid: Sid<'AC'>,
  origin: Origin,
): Promise<Account & { readonly secondaryAuthToken: string }> {
  return context.transact(async (tx) => {
    const account = await accountOf(tx, accountSid);
    if (account.secondaryAuthToken !== null) throw refusal('secondaryTokenExists', {});
    const secondaryAuthToken = context.ids.secret();
    const change = { secondaryAuthToken, dateUpdated: context.clock.now() };
    await updateAccount(tx, accountSid, change);
    const changed = { ...account, ...change };
    await recordChange(tx, context, account, changed, origin);
    return changed;
  });
}

/** Ends the second token. @throws RequestError notFound */
export async function removeSecondaryToken(
  context: ActionContext,
  accountSid: Sid<'AC'>,
  origin: Origin,
): Promise<void> {
  await context.transact(async (tx) => {
    const account = await accountOf(tx, accountSid);
    if (account.secondaryAuthToken === null) throw noSecondary();
    const change = { secondaryAuthToken: null, dateUpdated: context.clock.now() };
    await updateAccount(tx, accountSid, change);
    await recordChange(tx, context, account, { ...account, ...change }, origin);
  });
}

/** Makes the second token the first: it signs from now on, and the old one opens nothing. @throws RequestError notFound */
export async function promoteSecondaryToken(
  context: ActionContext,
  accountSid: Sid<'AC'>,
  origin: Origin,
): Promise<Account> {
  return context.transact(async (tx) => {
    const account = await accountOf(tx, accountSid);
    if (account.secondaryAuthToken === null) throw noSecondary();
    const change = {
      authToken: account.secondaryAuthToken,
      secondaryAuthToken: null,
      dateUpdated: context.clock.now(),
    };
    await updateAccount(tx, accountSid, change);
    notify(tx, context, { accountSid }, accountSid, {
      kind: 'auth-token-promoted',
      accountSid,
    });
    const changed = { ...account, ...change };
    await recordChange(tx, context, account, changed, origin);
    return changed;
  });
}

/** Of tokens an event says no more than which of them were there and changed. */
async function recordChange(
  tx: Tx,
  context: ActionContext,
  previous: Account,
  current: Account,
  origin: Origin,
): Promise<void> {
  const { sid } = previous;
  const change = { type: 'account', accountSid: sid, resourceSid: sid, previous, current } as const;
  await recordEvent(tx, context, origin, change);
}

async function accountOf(tx: Tx, sid: Sid<'AC'>): Promise<Account> {
  const account = await lockAccount(tx, sid);
  if (account === undefined) throw refusal('notFound', { path: `Accounts/${sid}` });
  return account;
}

function noSecondary(): RequestError {
  return refusal('notFound', { path: '/v1/AuthTokens/Secondary' }).explained(
    'The account has no secondary auth token. Create one: POST /v1/AuthTokens/Secondary',
  );
}
