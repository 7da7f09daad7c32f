import type { Sid } from '@tutti/ids';
import type { Origin } from '../../actions/context.ts';
import { mapSipList, unmapSipList } from '../../actions/map-sip-list.ts';
import { refusal } from '../../base/app-error.ts';
import type { SipMapping, SipPurpose } from '../../model/sip-domain.ts';
import type { New } from '../../store/schema.ts';
import { findSipMapping, listSipMappings, namesOfSipLists } from '../../store/sip-lists.ts';
import type { ScopedRequest } from '../conversations-v1/scope.ts';
import { sid } from '../fields.ts';
import { form } from '../form.ts';
import { operation, type Routes } from '../operation.ts';
import { found } from '../path-not-found.ts';
import { page2010, rfc2822Date, type Json } from '../render.ts';
import { sipDomainOf } from './sip-domains.ts';
import { uri2010 } from './uri.ts';

const PAGE_MAX = 1000;

interface Collection {
  /** Under the domain. */
  readonly path: string;
  readonly purpose: SipPurpose;
  readonly kind: 'CL' | 'AL';
  /** What a list of them is under. */
  readonly key: string;
}

/** The older ones say the same as those of Auth/Calls. Twilio: voice/api/sip-credentiallistmapping-resource */
const collections: readonly Collection[] = [
  {
    path: 'CredentialListMappings',
    purpose: 'calls',
    kind: 'CL',
    key: 'credential_list_mappings',
  },
  {
    path: 'IpAccessControlListMappings',
    purpose: 'calls',
    kind: 'AL',
    key: 'ip_access_control_list_mappings',
  },
  { path: 'Auth/Calls/CredentialListMappings', purpose: 'calls', kind: 'CL', key: 'contents' },
  { path: 'Auth/Calls/IpAccessControlListMappings', purpose: 'calls', kind: 'AL', key: 'contents' },
  {
    path: 'Auth/Registrations/CredentialListMappings',
    purpose: 'registrations',
    kind: 'CL',
    key: 'contents',
  },
];

/** Twilio: voice/api/sip-domain-authenticationcalls-credentiallistmapping-resource */
export function sipMappingRoutes(routes: Routes): void {
  for (const collection of collections) mappingRoutes(routes, collection);
}

function mappingRoutes(routes: Routes, { path, purpose, kind, key }: Collection): void {
  const { context } = routes;
  const { db } = context;
  const collection = `/2010-04-01/Accounts/:AccountSid/SIP/Domains/:DomainSid/${path}`;
  const item = `${collection}/:Sid`;
  const takesAddresses = kind === 'AL';

  const mappingOf = async (request: ScopedRequest): Promise<SipMapping> => {
    const domain = await sipDomainOf(db, request, 'DomainSid');
    const listSid = request.path['Sid'] ?? '';
    const mapping = listSid.startsWith(kind)
      ? await findSipMapping(db, domain.sid, purpose, listSid)
      : undefined;
    return found(mapping, request, listSid, kind);
  };
  const rendered = async (mapping: New<SipMapping>): Promise<Json> =>
    render(mapping, path, await namesOfSipLists(db, [mapping.listSid]));
  const map = async (
    request: ScopedRequest & { readonly origin: Origin },
    listSid: Sid<'CL' | 'AL'>,
  ): Promise<Json> => {
    const domain = await sipDomainOf(db, request, 'DomainSid');
    return rendered(await mapSipList(context, domain, purpose, listSid, request.origin));
  };

  if (takesAddresses) {
    operation(routes, {
      method: 'POST',
      path: collection,
      parameters: form({ IpAccessControlListSid: sid('AL') }),
      status: 201,
      handle: async (request) => {
        const { IpAccessControlListSid: listSid } = request.values;
        if (listSid === undefined) {
          throw refusal('missingParameter', { name: 'IpAccessControlListSid' });
        }
        return map(request, listSid);
      },
    });
  } else {
    operation(routes, {
      method: 'POST',
      path: collection,
      parameters: form({ CredentialListSid: sid('CL') }),
      status: 201,
      handle: async (request) => {
        const { CredentialListSid: listSid } = request.values;
        if (listSid === undefined) throw refusal('missingParameter', { name: 'CredentialListSid' });
        return map(request, listSid);
      },
    });
  }

  operation(routes, {
    method: 'GET',
    path: collection,
    parameters: form({}),
    handle: async (request) => {
      const domain = await sipDomainOf(db, request, 'DomainSid');
      const wanted = request.page(PAGE_MAX);
      const page = await listSipMappings(db, domain.sid, purpose, kind, wanted);
      const names = await namesOfSipLists(
        db,
        page.items.map(({ listSid }) => listSid),
      );
      const items = page.items.map((mapping) => render(mapping, path, names));
      return page2010(key, items, request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: item,
    handle: async (request) => rendered(await mappingOf(request)),
  });

  operation(routes, {
    method: 'DELETE',
    path: item,
    status: 204,
    handle: async (request) => {
      await unmapSipList(context, await mappingOf(request), request.origin);
    },
  });
}

/** It is named by its list. */
function render(
  { accountSid, domainSid, listSid, dateCreated, dateUpdated }: New<SipMapping>,
  path: string,
  names: ReadonlyMap<string, string>,
): Json {
  const isOlder = !path.startsWith('Auth/');
  return {
    sid: listSid,
    account_sid: accountSid,
    friendly_name: names.get(listSid) ?? null,
    date_created: rfc2822Date(dateCreated),
    date_updated: rfc2822Date(dateUpdated),
    ...(isOlder
      ? {
          domain_sid: domainSid,
          uri: uri2010(accountSid, `SIP/Domains/${domainSid}/${path}/${listSid}`),
        }
      : {}),
  };
}
