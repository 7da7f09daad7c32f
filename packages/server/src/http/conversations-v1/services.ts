import { createService } from '../../actions/create-service.ts';
import { removeService } from '../../actions/delete-service.ts';
import { refusal } from '../../base/app-error.ts';
import type { Service } from '../../model/service.ts';
import type { Db } from '../../store/open-store.ts';
import { findService, listServices } from '../../store/services.ts';
import { text } from '../fields.ts';
import { form } from '../form.ts';
import { found } from '../path-not-found.ts';
import { operation, type Routes } from '../operation.ts';
import { isoDate, productPage, type Json } from '../render.ts';
import type { ScopedRequest } from './scope.ts';

const NAME_MAX = 256;
const PAGE_MAX = 100;

const parameters = form({ FriendlyName: text(NAME_MAX) });

/** Twilio: conversations/api/service-resource */
export function serviceRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;
  const collection = '/v1/Services';
  const item = '/v1/Services/:Sid';

  operation(routes, {
    method: 'POST',
    path: collection,
    parameters,
    status: 201,
    handle: async ({ caller, values, base, origin }) => {
      const { FriendlyName = '' } = values;
      if (FriendlyName === '') throw refusal('friendlyNameMissing', {});
      return renderService(
        await createService(context, caller.account.sid, FriendlyName, origin),
        base,
      );
    },
  });

  operation(routes, {
    method: 'GET',
    path: collection,
    parameters: form({}),
    handle: async (request) => {
      const wanted = request.page(PAGE_MAX);
      const page = await listServices(db, request.caller.account.sid, wanted);
      const items = page.items.map((service) => renderService(service, request.base));
      return productPage('services', items, request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: item,
    handle: async (request) => renderService(await serviceOfPath(db, request), request.base),
  });

  operation(routes, {
    method: 'DELETE',
    path: item,
    status: 204,
    handle: async (request) => {
      const { sid } = await serviceOfPath(db, request);
      await removeService(context, request.caller.account, sid, request.origin);
    },
  });
}

async function serviceOfPath(db: Db, request: ScopedRequest): Promise<Service> {
  const key = request.path['Sid'] ?? '';
  return found(await findService(db, request.caller.account.sid, key), request, key, 'IS');
}

function renderService(service: Omit<Service, 'seq'>, base: string): Json {
  const url = `${base}/v1/Services/${service.sid}`;
  return {
    sid: service.sid,
    account_sid: service.accountSid,
    friendly_name: service.friendlyName,
    date_created: isoDate(service.dateCreated),
    date_updated: isoDate(service.dateUpdated),
    url,
    links: {
      conversations: `${url}/Conversations`,
      conductors: `${url}/Conductors`,
      webhooks: `${url}/Configuration/Webhooks`,
    },
  };
}
