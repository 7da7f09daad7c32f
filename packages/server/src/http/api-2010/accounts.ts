import { createSubaccount } from '../../actions/create-subaccount.ts';
import { changeAccount } from '../../actions/update-account.ts';
import { refusal } from '../../base/app-error.ts';
import { accountStatuses, type Account } from '../../model/account.ts';
import { listAccounts } from '../../store/accounts.ts';
import type { Caller } from '../auth.ts';
import { oneOf, text } from '../fields.ts';
import { form } from '../form.ts';
import { operation, type Routes } from '../operation.ts';
import { page2010, rfc2822Date, type Json } from '../render.ts';
import { friendlyName } from './fields.ts';
import { requireAuthToken } from '../auth.ts';
import { API_VERSION, uri2010 } from './uri.ts';

const PAGE_MAX = 1000;

const create = form({ FriendlyName: friendlyName });
const update = form({ FriendlyName: friendlyName, Status: oneOf(accountStatuses) });
const filters = form({ FriendlyName: text(), Status: oneOf(accountStatuses) });

/** The account and its subaccounts. Twilio: iam/api/account, iam/api/subaccounts */
export function accountRoutes(routes: Routes): void {
  const { context, credentialsChanged } = routes;
  const collection = '/2010-04-01/Accounts';
  const item = `${collection}/:AccountSid`;

  operation(routes, {
    method: 'POST',
    path: collection,
    parameters: create,
    status: 201,
    handle: async ({ caller, values, origin }) => {
      requireAuthToken(caller);
      const name = values.FriendlyName ?? '';
      const account = await createSubaccount(
        context,
        caller.account,
        name === '' ? `SubAccount Created at ${dateText(context.clock.now())}` : name,
        origin,
      );
      return renderAccount(account, true);
    },
  });

  operation(routes, {
    method: 'GET',
    path: collection,
    parameters: filters,
    handle: async (request) => {
      const { account, keySid } = request.caller;
      const { FriendlyName, Status } = request.values;
      const wanted = request.page(PAGE_MAX);
      const page = await listAccounts(
        context.db,
        account.sid,
        { friendlyName: FriendlyName, status: Status },
        wanted,
      );
      const items = page.items.map((each) => renderAccount(each, keySid === undefined));
      return page2010('accounts', items, request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: item,
    handle: async ({ caller }) => renderAccount(caller.account, caller.keySid === undefined),
  });

  operation(routes, {
    method: 'POST',
    path: item,
    parameters: update,
    handle: async ({ caller, values, origin }) => {
      requireAuthToken(caller);
      const { FriendlyName, Status } = values;
      if (Status !== undefined) requireParent(caller);
      const account = await changeAccount(
        context,
        caller.account.sid,
        { friendlyName: FriendlyName === '' ? undefined : FriendlyName, status: Status },
        origin,
      );
      credentialsChanged();
      return renderAccount(account, true);
    },
  });
}

/** Nobody shuts himself out. Twilio: iam/api/subaccounts#suspending-subaccounts */
function requireParent({ account, parent }: Caller): void {
  if (parent !== undefined) return;
  throw refusal('forbidden', {
    problem:
      account.parentSid === null
        ? `${account.sid} is the main account, which cannot be suspended or closed.`
        : `The Status of ${account.sid} is its parent's to change. Use the credentials of ${account.parentSid}.`,
  });
}

/** `2026-11-22 04:45 pm` Twilio: iam/api/account#create-an-account-resource */
function dateText(instant: number): string {
  const [date = '', time = ''] = new Date(instant).toISOString().split('T');
  const hours = Number(time.slice(0, 2));
  const hour = String(hours % 12 === 0 ? 12 : hours % 12).padStart(2, '0');
  return `${date} ${hour}:${time.slice(3, 5)} ${hours < 12 ? 'am' : 'pm'}`;
}

/** Who came by a key does not learn the token, which outlives the key. */
function renderAccount(account: Omit<Account, 'seq'>, withToken: boolean): Json {
  const { sid } = account;
  return {
    sid,
    owner_account_sid: account.parentSid ?? sid,
    friendly_name: account.friendlyName,
    status: account.status,
    type: 'Full',
    auth_token: withToken ? account.authToken : null,
    date_created: rfc2822Date(account.dateCreated),
    date_updated: rfc2822Date(account.dateUpdated),
    uri: `/${API_VERSION}/Accounts/${sid}.json`,
    subresource_uris: {
      applications: uri2010(sid, 'Applications'),
      calls: uri2010(sid, 'Calls'),
      incoming_phone_numbers: uri2010(sid, 'IncomingPhoneNumbers'),
      keys: uri2010(sid, 'Keys'),
      notifications: uri2010(sid, 'Notifications'),
    },
  };
}
