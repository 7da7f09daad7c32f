import { isIP } from 'node:net';
import { createSipList } from '../../actions/create-sip-list.ts';
import { removeSipAddress } from '../../actions/delete-sip-address.ts';
import { removeSipCredential } from '../../actions/delete-sip-credential.ts';
import { removeSipList } from '../../actions/delete-sip-list.ts';
import { addSipAddress, changeSipAddress } from '../../actions/put-sip-address.ts';
import { addSipCredential, changeSipCredential } from '../../actions/put-sip-credential.ts';
import { renameSipList } from '../../actions/update-sip-list.ts';
import { refusal } from '../../base/app-error.ts';
import type { SipAddress, SipCredential, SipList } from '../../model/sip-domain.ts';
import type { Db } from '../../store/open-store.ts';
import type { New } from '../../store/schema.ts';
import {
  findSipAddress,
  findSipCredential,
  findSipList,
  listSipAddresses,
  listSipCredentials,
  listSipLists,
} from '../../store/sip-lists.ts';
import type { ScopedRequest } from '../conversations-v1/scope.ts';
import { integer } from '../fields.ts';
import { form, type Field } from '../form.ts';
import { given } from '../given.ts';
import { operation, type Routes } from '../operation.ts';
import { found } from '../path-not-found.ts';
import { page2010, rfc2822Date, type Json } from '../render.ts';
import { friendlyName } from './fields.ts';
import { uri2010 } from './uri.ts';

const PAGE_MAX = 1000;

interface Kind {
  readonly prefix: 'CL' | 'AL';
  readonly path: 'CredentialLists' | 'IpAccessControlLists';
  /** The segment that names a list in the paths of what is in it. */
  readonly segment: 'CredentialListSid' | 'IpAccessControlListSid';
  readonly key: 'credential_lists' | 'ip_access_control_lists';
  readonly inside: 'Credentials' | 'IpAddresses';
}

const credentialLists: Kind = {
  prefix: 'CL',
  path: 'CredentialLists',
  segment: 'CredentialListSid',
  key: 'credential_lists',
  inside: 'Credentials',
};

const accessLists: Kind = {
  prefix: 'AL',
  path: 'IpAccessControlLists',
  segment: 'IpAccessControlListSid',
  key: 'ip_access_control_lists',
  inside: 'IpAddresses',
};

/** A name may stand in a header and a URI as it is. */
const username: Field<string> = {
  read: (values, name) => {
    const value = values.at(-1) ?? '';
    if (/^[A-Za-z0-9._~!$&'()*+,=-]{1,32}$/.test(value)) return value;
    const problem = `${value.slice(0, 64)} was given; 1 to 32 letters, digits and . _ - + ~ ! $ & ' ( ) * , = are expected.`;
    throw refusal('invalidParameter', { name, problem });
  },
};

/** Twilio: voice/api/sip-credential-resource; the value is not repeated. */
const password: Field<string> = {
  read: (values, name) => {
    const value = values.at(-1) ?? '';
    const isStrong =
      value.length >= 12 && /\d/.test(value) && /[a-z]/.test(value) && /[A-Z]/.test(value);
    if (isStrong && value.length <= 255 && !/[\r\n]/.test(value)) return value;
    const problem =
      'At least 12 characters are expected, among them a digit, a capital and a small letter.';
    throw refusal('invalidParameter', { name, problem });
  },
};

const ipAddress: Field<string> = {
  read: (values, name) => {
    const value = values.at(-1) ?? '';
    if (isIP(value) !== 0) return value;
    const problem = `${value} was given; an IPv4 or IPv6 address is expected.`;
    throw refusal('invalidParameter', { name, problem });
  },
};

const listForm = form({ FriendlyName: friendlyName });
const credentialForm = form({ Username: username, Password: password });
const passwordForm = form({ Password: password });
const addressForm = form({
  FriendlyName: friendlyName,
  IpAddress: ipAddress,
  CidrPrefixLength: integer(0, 128),
});

/** Twilio: voice/api/sip-credentiallist-resource, voice/api/sip-ipaccesscontrollist-resource */
export function sipListRoutes(routes: Routes): void {
  for (const kind of [credentialLists, accessLists]) listRoutes(routes, kind);
  credentialRoutes(routes);
  addressRoutes(routes);
}

function listRoutes(routes: Routes, kind: Kind): void {
  const { context } = routes;
  const { db } = context;
  const collection = `/2010-04-01/Accounts/:AccountSid/SIP/${kind.path}`;
  const item = `${collection}/:Sid`;

  operation(routes, {
    method: 'POST',
    path: collection,
    parameters: listForm,
    status: 201,
    handle: async ({ caller, values, origin }) => {
      const name = required(values.FriendlyName, 'FriendlyName');
      const list = await createSipList(context, caller.account.sid, kind.prefix, name, origin);
      return renderList(list, kind);
    },
  });

  operation(routes, {
    method: 'GET',
    path: collection,
    parameters: form({}),
    handle: async (request) => {
      const wanted = request.page(PAGE_MAX);
      const page = await listSipLists(db, request.caller.account.sid, kind.prefix, wanted);
      const items = page.items.map((list) => renderList(list, kind));
      return page2010(kind.key, items, request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: item,
    handle: async (request) => renderList(await listAt(db, request, kind, 'Sid'), kind),
  });

  operation(routes, {
    method: 'POST',
    path: item,
    parameters: listForm,
    handle: async (request) => {
      const list = await listAt(db, request, kind, 'Sid');
      const name = required(request.values.FriendlyName, 'FriendlyName');
      return renderList(await renameSipList(context, list, name, request.origin), kind);
    },
  });

  operation(routes, {
    method: 'DELETE',
    path: item,
    status: 204,
    handle: async (request) => {
      await removeSipList(context, await listAt(db, request, kind, 'Sid'), request.origin);
    },
  });
}

function credentialRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;
  const collection =
    '/2010-04-01/Accounts/:AccountSid/SIP/CredentialLists/:CredentialListSid/Credentials';
  const item = `${collection}/:Sid`;
  const listOf = (request: ScopedRequest): Promise<SipList> =>
    listAt(db, request, credentialLists, credentialLists.segment);
  const credentialOf = async (request: ScopedRequest): Promise<SipCredential> => {
    const key = request.path['Sid'] ?? '';
    const { sid } = await listOf(request);
    return found(await findSipCredential(db, sid, key), request, key, 'CR');
  };

  operation(routes, {
    method: 'POST',
    path: collection,
    parameters: credentialForm,
    status: 201,
    handle: async (request) => {
      const list = await listOf(request);
      const { Username, Password } = request.values;
      const credential = {
        username: required(Username, 'Username'),
        password: required(Password, 'Password'),
      };
      return renderCredential(await addSipCredential(context, list, credential, request.origin));
    },
  });

  operation(routes, {
    method: 'GET',
    path: collection,
    parameters: form({}),
    handle: async (request) => {
      const wanted = request.page(PAGE_MAX);
      const page = await listSipCredentials(db, (await listOf(request)).sid, wanted);
      return page2010('credentials', page.items.map(renderCredential), request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: item,
    handle: async (request) => renderCredential(await credentialOf(request)),
  });

  operation(routes, {
    method: 'POST',
    path: item,
    parameters: passwordForm,
    handle: async (request) => {
      const credential = await credentialOf(request);
      const { Password } = request.values;
      if (Password === undefined) return renderCredential(credential);
      return renderCredential(
        await changeSipCredential(context, credential, Password, request.origin),
      );
    },
  });

  operation(routes, {
    method: 'DELETE',
    path: item,
    status: 204,
    handle: async (request) => {
      await removeSipCredential(context, await credentialOf(request), request.origin);
    },
  });
}

function addressRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;
  const collection =
    '/2010-04-01/Accounts/:AccountSid/SIP/IpAccessControlLists/:IpAccessControlListSid/IpAddresses';
  const item = `${collection}/:Sid`;
  const listOf = (request: ScopedRequest): Promise<SipList> =>
    listAt(db, request, accessLists, accessLists.segment);
  const addressOf = async (request: ScopedRequest): Promise<SipAddress> => {
    const key = request.path['Sid'] ?? '';
    const { sid } = await listOf(request);
    return found(await findSipAddress(db, sid, key), request, key, 'IP');
  };

  operation(routes, {
    method: 'POST',
    path: collection,
    parameters: addressForm,
    status: 201,
    handle: async (request) => {
      const list = await listOf(request);
      const { FriendlyName, IpAddress, CidrPrefixLength } = request.values;
      const address = required(IpAddress, 'IpAddress');
      const settings = {
        friendlyName: required(FriendlyName, 'FriendlyName'),
        ipAddress: address,
        cidrPrefixLength: prefixOf(address, CidrPrefixLength),
      };
      return renderAddress(await addSipAddress(context, list, settings, request.origin));
    },
  });

  operation(routes, {
    method: 'GET',
    path: collection,
    parameters: form({}),
    handle: async (request) => {
      const wanted = request.page(PAGE_MAX);
      const page = await listSipAddresses(db, (await listOf(request)).sid, wanted);
      return page2010('ip_addresses', page.items.map(renderAddress), request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: item,
    handle: async (request) => renderAddress(await addressOf(request)),
  });

  operation(routes, {
    method: 'POST',
    path: item,
    parameters: addressForm,
    handle: async (request) => {
      const address = await addressOf(request);
      const { FriendlyName, IpAddress, CidrPrefixLength } = request.values;
      const kept = IpAddress === undefined ? address.cidrPrefixLength : undefined;
      const settings = given({
        friendlyName: FriendlyName,
        ipAddress: IpAddress,
        cidrPrefixLength: prefixOf(IpAddress ?? address.ipAddress, CidrPrefixLength ?? kept),
      });
      return renderAddress(await changeSipAddress(context, address, settings, request.origin));
    },
  });

  operation(routes, {
    method: 'DELETE',
    path: item,
    status: 204,
    handle: async (request) => {
      await removeSipAddress(context, await addressOf(request), request.origin);
    },
  });
}

async function listAt(
  db: Db,
  request: ScopedRequest,
  { prefix }: Kind,
  segment: 'Sid' | Kind['segment'],
): Promise<SipList> {
  const key = request.path[segment] ?? '';
  const list = key.startsWith(prefix)
    ? await findSipList(db, request.caller.account.sid, key)
    : undefined;
  return found(list, request, key, prefix);
}

function required(value: string | undefined, name: string): string {
  if (value === undefined || value === '') throw refusal('missingParameter', { name });
  return value;
}

/** One address, unless it is said how much of it counts. */
function prefixOf(address: string, wanted: number | undefined): number {
  const widest = isIP(address) === 4 ? 32 : 128;
  if (wanted === undefined || wanted <= widest) return wanted ?? widest;
  const problem = `${wanted} was given; at most ${widest} bits of ${address} can count.`;
  throw refusal('invalidParameter', { name: 'CidrPrefixLength', problem });
}

function renderList(list: New<SipList>, { path, inside }: Kind): Json {
  const { sid, accountSid } = list;
  return {
    sid,
    account_sid: accountSid,
    friendly_name: list.friendlyName,
    date_created: rfc2822Date(list.dateCreated),
    date_updated: rfc2822Date(list.dateUpdated),
    uri: uri2010(accountSid, `SIP/${path}/${sid}`),
    subresource_uris: {
      [inside === 'Credentials' ? 'credentials' : 'ip_addresses']: uri2010(
        accountSid,
        `SIP/${path}/${sid}/${inside}`,
      ),
    },
  };
}

function renderCredential(credential: New<SipCredential>): Json {
  const { sid, accountSid, listSid } = credential;
  return {
    sid,
    account_sid: accountSid,
    credential_list_sid: listSid,
    username: credential.username,
    date_created: rfc2822Date(credential.dateCreated),
    date_updated: rfc2822Date(credential.dateUpdated),
    uri: uri2010(accountSid, `SIP/CredentialLists/${listSid}/Credentials/${sid}`),
  };
}

function renderAddress(address: New<SipAddress>): Json {
  const { sid, accountSid, listSid } = address;
  return {
    sid,
    account_sid: accountSid,
    ip_access_control_list_sid: listSid,
    friendly_name: address.friendlyName,
    ip_address: address.ipAddress,
    cidr_prefix_length: address.cidrPrefixLength,
    date_created: rfc2822Date(address.dateCreated),
    date_updated: rfc2822Date(address.dateUpdated),
    uri: uri2010(accountSid, `SIP/IpAccessControlLists/${listSid}/IpAddresses/${sid}`),
  };
}
