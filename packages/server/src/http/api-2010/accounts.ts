import type { Page } from '../../base/page.ts';
import type { Account } from '../../model/account.ts';
import type { Caller } from '../auth.ts';
import { oneOf, text } from '../fields.ts';
import { form } from '../form.ts';
import { operation, type Routes } from '../operation.ts';
import { page2010, rfc2822Date, type Json } from '../render.ts';
import { API_VERSION, uri2010 } from './uri.ts';

const PAGE_MAX = 1000;

const filters = form({
  FriendlyName: text(),
  Status: oneOf(['active', 'suspended', 'closed']),
});

/** The caller's own account; there are no subaccounts. Twilio: iam/api/account */
export function accountRoutes(routes: Routes): void {
  operation(routes, {
    method: 'GET',
    path: '/2010-04-01/Accounts',
    parameters: filters,
    handle: async (request) => {
      const { account } = request.caller;
      const { FriendlyName, Status } = request.values;
      const matches =
        (FriendlyName ?? account.friendlyName) === account.friendlyName &&
        (Status ?? account.status) === account.status;
      const page: Page<Account> = {
        items: matches ? [account] : [],
        next: undefined,
        previous: undefined,
      };
      const items = page.items.map(() => renderAccount(request.caller));
      return page2010('accounts', items, request, request.page(PAGE_MAX), page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: '/2010-04-01/Accounts/:AccountSid',
    handle: async ({ caller }) => renderAccount(caller),
  });
}

function renderAccount({ account, keySid }: Caller): Json {
  const { sid } = account;
  return {
    sid,
    owner_account_sid: account.parentSid ?? sid,
    friendly_name: account.friendlyName,
    status: account.status,
    type: 'Full',
    // Who came by a key does not learn the token, which outlives the key.
    auth_token: keySid === undefined ? account.authToken : null,
    date_created: rfc2822Date(account.dateCreated),
    date_updated: rfc2822Date(account.dateUpdated),
    uri: `/${API_VERSION}/Accounts/${sid}.json`,
    subresource_uris: {
      applications: uri2010(sid, 'Applications'),
      calls: uri2010(sid, 'Calls'),
      incoming_phone_numbers: uri2010(sid, 'IncomingPhoneNumbers'),
      keys: uri2010(sid, 'Keys'),
    },
  };
}
