import { createApiKey } from '../../actions/create-api-key.ts';
import { removeApiKey } from '../../actions/delete-api-key.ts';
import { renameApiKey } from '../../actions/update-api-key.ts';
import type { ApiKey } from '../../model/api-key.ts';
import { findApiKey, listApiKeys } from '../../store/api-keys.ts';
import type { Db } from '../../store/open-store.ts';
import { requireAuthToken } from '../auth.ts';
import type { ScopedRequest } from '../conversations-v1/scope.ts';
import { form } from '../form.ts';
import { pathNotFound } from '../path-not-found.ts';
import { operation, type Routes } from '../operation.ts';
import { page2010, rfc2822Date, type Json } from '../render.ts';
import { friendlyName } from './fields.ts';

const PAGE_MAX = 1000;

const parameters = form({ FriendlyName: friendlyName });

/** Twilio: iam/api-keys/key-resource-v2010 */
export function keyRoutes(routes: Routes): void {
  const { context, credentialsChanged } = routes;
  const { db } = context;
  const collection = '/2010-04-01/Accounts/:AccountSid/Keys';
  const item = `${collection}/:Sid`;

  operation(routes, {
    method: 'POST',
    path: collection,
    parameters,
    status: 201,
    handle: async ({ caller, values, origin }) => {
      requireAuthToken(caller);
      const { key, secret } = await createApiKey(
        context,
        caller.account.sid,
        values.FriendlyName ?? '',
        origin,
      );
      return { ...renderKey(key), secret };
    },
  });

  operation(routes, {
    method: 'GET',
    path: collection,
    parameters: form({}),
    handle: async (request) => {
      requireAuthToken(request.caller);
      const wanted = request.page(PAGE_MAX);
      const page = await listApiKeys(db, request.caller.account.sid, wanted);
      return page2010('keys', page.items.map(renderKey), request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: item,
    handle: async (request) => renderKey(await keyOf(db, request)),
  });

  operation(routes, {
    method: 'POST',
    path: item,
    parameters,
    handle: async (request) => {
      const key = await keyOf(db, request);
      const { FriendlyName } = request.values;
      if (FriendlyName === undefined) return renderKey(key);
      return renderKey(await renameApiKey(context, key, FriendlyName, request.origin));
    },
  });

  operation(routes, {
    method: 'DELETE',
    path: item,
    status: 204,
    handle: async (request) => {
      await removeApiKey(context, await keyOf(db, request), request.origin);
      credentialsChanged();
    },
  });
}

async function keyOf(db: Db, request: ScopedRequest): Promise<ApiKey> {
  requireAuthToken(request.caller);
  const sid = request.path['Sid'] ?? '';
  const key = await findApiKey(db, sid);
  if (key === undefined || key.accountSid !== request.caller.account.sid) {
    throw pathNotFound(request, sid, 'SK');
  }
  return key;
}

function renderKey(key: Omit<ApiKey, 'seq'>): Json {
  return {
    sid: key.sid,
    friendly_name: key.friendlyName,
    date_created: rfc2822Date(key.dateCreated),
    date_updated: rfc2822Date(key.dateUpdated),
  };
}
