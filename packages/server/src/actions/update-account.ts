import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { Account } from '../model/account.ts';
import { lockAccount, updateAccount } from '../store/accounts.ts';
import { listLiveCallsOfAccount } from '../store/calls.ts';
import { deleteOutgoingCallerIdsOfAccount } from '../store/outgoing-caller-ids.ts';
import { deletePhoneNumbersOfAccount } from '../store/phone-numbers.ts';
import { deleteSipDomainsOfAccount } from '../store/sip-domains.ts';
import type { ActionContext, Origin } from './context.ts';
import { endCalls } from './record-call-progress.ts';
import { recordEvent } from './record-event.ts';

export interface AccountChange {
  readonly friendlyName?: string | undefined;
  readonly status?: Account['status'] | undefined;
}

/**
 * Renames, suspends, closes or reopens an account. A suspended one makes and gets no calls; those that live go on. A
 * closed one loses its numbers, its SIP domains and its calls, for good. Twilio: iam/api/subaccounts
 *
 * @throws RequestError notFound, accountNotActive
 */
export async function changeAccount(
  context: ActionContext,
  sid: Sid<'AC'>,
  { friendlyName, status }: AccountChange,
  origin: Origin,
): Promise<Account> {
  return context.transact(async (tx) => {
    const account = await lockAccount(tx, sid);
    if (account === undefined) throw refusal('notFound', { path: `Accounts/${sid}` });
    if (account.status === 'closed') {
      throw refusal('accountNotActive', { account: sid, problem: 'closed, for good' });
    }
    const change = {
      friendlyName: friendlyName ?? account.friendlyName,
      status: status ?? account.status,
      dateUpdated: context.clock.now(),
    };
    await updateAccount(tx, sid, change);
    if (change.status === 'closed') {
      for (const number of await deletePhoneNumbersOfAccount(tx, sid)) {
        await recordEvent(tx, context, origin, {
          type: 'phone-number',
          accountSid: sid,
          resourceSid: number.sid,
          previous: number,
        });
      }
      for (const callerId of await deleteOutgoingCallerIdsOfAccount(tx, sid)) {
        await recordEvent(tx, context, origin, {
          type: 'outgoing-caller-id',
          accountSid: sid,
          resourceSid: callerId.sid,
          previous: callerId,
        });
      }
      for (const domain of await deleteSipDomainsOfAccount(tx, sid)) {
        await recordEvent(tx, context, origin, {
          type: 'sip-domain',
          accountSid: sid,
          resourceSid: domain.sid,
          previous: domain,
        });
      }
      await endCalls(tx, context, await listLiveCallsOfAccount(tx, sid));
    }
    const changed = { ...account, ...change };
    await recordEvent(tx, context, origin, {
      type: 'account',
      accountSid: sid,
      resourceSid: sid,
      previous: account,
      current: changed,
    });
    return changed;
  });
}
