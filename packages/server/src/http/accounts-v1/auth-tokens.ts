import {
  createSecondaryToken,
  promoteSecondaryToken,
  removeSecondaryToken,
} from '../../actions/rotate-auth-token.ts';
import type { Account } from '../../model/account.ts';
import { requireAuthToken } from '../auth.ts';
import { boolean } from '../fields.ts';
import { form } from '../form.ts';
import { operation, type Routes } from '../operation.ts';
import { isoDate, type Json } from '../render.ts';

/** Nobody is written to. */
const parameters = form({ SuppressEmailNotification: boolean });

/** Twilio: iam/api/secondary_authtoken, iam/api/authtoken. They name no account: each rotates its own. */
export function authTokenRoutes(routes: Routes): void {
  const { context, credentialsChanged } = routes;

  operation(routes, {
    method: 'POST',
    path: '/v1/AuthTokens/Secondary',
    parameters,
    status: 201,
    handle: async ({ caller, base, origin }) => {
      requireAuthToken(caller);
      const account = await createSecondaryToken(context, caller.account.sid, origin);
      credentialsChanged();
      const { secondaryAuthToken } = account;
      return {
        ...render(account, `${base}/v1/AuthTokens/Secondary`),
        secondary_auth_token: secondaryAuthToken,
      };
    },
  });

  operation(routes, {
    method: 'DELETE',
    path: '/v1/AuthTokens/Secondary',
    parameters,
    status: 204,
    handle: async ({ caller, origin }) => {
      requireAuthToken(caller);
      await removeSecondaryToken(context, caller.account.sid, origin);
      credentialsChanged();
    },
  });

  operation(routes, {
    method: 'POST',
    path: '/v1/AuthTokens/Promote',
    parameters,
    handle: async ({ caller, base, origin }) => {
      requireAuthToken(caller);
      const account = await promoteSecondaryToken(context, caller.account.sid, origin);
      credentialsChanged();
      return {
        ...render(account, `${base}/v1/AuthTokens/Promote`),
        auth_token: account.authToken,
      };
    },
  });
}

function render({ sid, dateCreated, dateUpdated }: Account, url: string): Json {
  return {
    account_sid: sid,
    date_created: isoDate(dateCreated),
    date_updated: isoDate(dateUpdated),
    url,
  };
}
