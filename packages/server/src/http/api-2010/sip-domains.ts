import type { Sid } from '@tutti/ids';
import { createSipDomain, type SipDomainSettings } from '../../actions/create-sip-domain.ts';
import { removeSipDomain } from '../../actions/delete-sip-domain.ts';
import { changeSipDomain } from '../../actions/update-sip-domain.ts';
import { refusal } from '../../base/app-error.ts';
import type { SipDomain, SipMapping } from '../../model/sip-domain.ts';
import type { Db } from '../../store/open-store.ts';
import type { New } from '../../store/schema.ts';
import { findSipDomain, listSipDomains } from '../../store/sip-domains.ts';
import { allSipMappings } from '../../store/sip-lists.ts';
import type { ScopedRequest } from '../conversations-v1/scope.ts';
import { boolean, method, url } from '../fields.ts';
import { form, type Field, type FormValues } from '../form.ts';
import { given, nullable } from '../given.ts';
import { operation, type Routes } from '../operation.ts';
import { found } from '../path-not-found.ts';
import { page2010, rfc2822Date, type Json } from '../render.ts';
import { bit, friendlyName, notCarried } from './fields.ts';
import { API_VERSION, uri2010 } from './uri.ts';

const PAGE_MAX = 1000;

/** A host name with a dot: an address or a single label names no domain that a phone could be given. */
const domainName: Field<string> = {
  read: (values) => {
    const value = (values.at(-1) ?? '').toLowerCase();
    const isName =
      value.length <= 253 &&
      /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(value);
    if (!isName) throw refusal('invalidSipDomain', { given: values.at(-1) ?? '' });
    return value;
  },
};

const noEmergency = 'Emergency calling is not offered. Leave it out.';

const fields = {
  FriendlyName: friendlyName,
  VoiceUrl: url('invalidUrl2010'),
  VoiceMethod: method('invalidMethod2010'),
  VoiceFallbackUrl: url('invalidUrl2010'),
  VoiceFallbackMethod: method('invalidMethod2010'),
  VoiceStatusCallbackUrl: url('invalidUrl2010'),
  VoiceStatusCallbackMethod: method('invalidMethod2010'),
  SipRegistration: boolean,
  Secure: boolean,
  EmergencyCallingEnabled: notCarried(noEmergency, 'false'),
  EmergencyCallerSid: notCarried(noEmergency),
  ByocTrunkSid: notCarried(
    'A trunk serves the whole server, not one domain: calls leave by TUTTI_SIP_TRUNK.',
  ),
  DomainName: domainName,
};
const parameters = form(fields);

const defaults: Omit<SipDomainSettings, 'domainName'> = {
  friendlyName: null,
  voiceUrl: null,
  voiceMethod: 'POST',
  voiceFallbackUrl: null,
  voiceFallbackMethod: 'POST',
  voiceStatusCallbackUrl: null,
  voiceStatusCallbackMethod: 'POST',
  sipRegistration: 0,
  secure: 0,
};

/** Twilio: voice/api/sip-domain-resource */
export function sipDomainRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;
  const collection = '/2010-04-01/Accounts/:AccountSid/SIP/Domains';
  const item = `${collection}/:Sid`;

  const rendered = async (domain: New<SipDomain>): Promise<Json> =>
    render(domain, await allSipMappings(db, [domain.sid]));

  operation(routes, {
    method: 'POST',
    path: collection,
    parameters,
    status: 201,
    handle: async ({ caller, values, origin }) => {
      const { DomainName: name } = values;
      if (name === undefined) throw refusal('missingParameter', { name: 'DomainName' });
      const settings = { ...defaults, ...settingsOf(values), domainName: name };
      return rendered(await createSipDomain(context, caller.account.sid, settings, origin));
    },
  });

  operation(routes, {
    method: 'GET',
    path: collection,
    parameters: form({}),
    handle: async (request) => {
      const wanted = request.page(PAGE_MAX);
      const page = await listSipDomains(db, request.caller.account.sid, wanted);
      const mappings = await allSipMappings(
        db,
        page.items.map(({ sid }) => sid),
      );
      const items = page.items.map((domain) => render(domain, mappings));
      return page2010('domains', items, request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: item,
    handle: async (request) => rendered(await sipDomainOf(db, request, 'Sid')),
  });

  operation(routes, {
    method: 'POST',
    path: item,
    parameters,
    handle: async (request) => {
      const domain = await sipDomainOf(db, request, 'Sid');
      const change = settingsOf(request.values);
      return rendered(await changeSipDomain(context, domain, change, request.origin));
    },
  });

  operation(routes, {
    method: 'DELETE',
    path: item,
    status: 204,
    handle: async (request) => {
      await removeSipDomain(context, await sipDomainOf(db, request, 'Sid'), request.origin);
    },
  });
}

/** The domain that a segment of the path names. @throws RequestError sidNotFound */
export async function sipDomainOf(
  db: Db,
  request: ScopedRequest,
  segment: 'Sid' | 'DomainSid',
): Promise<SipDomain> {
  const key = request.path[segment] ?? '';
  return found(await findSipDomain(db, request.caller.account.sid, key), request, key, 'SD');
}

function settingsOf(values: FormValues<typeof fields>): Partial<SipDomainSettings> {
  return given({
    domainName: values.DomainName,
    friendlyName: nullable(values.FriendlyName),
    voiceUrl: nullable(values.VoiceUrl),
    voiceMethod: values.VoiceMethod,
    voiceFallbackUrl: nullable(values.VoiceFallbackUrl),
    voiceFallbackMethod: values.VoiceFallbackMethod,
    voiceStatusCallbackUrl: nullable(values.VoiceStatusCallbackUrl),
    voiceStatusCallbackMethod: values.VoiceStatusCallbackMethod,
    sipRegistration: bit(values.SipRegistration),
    secure: bit(values.Secure),
  });
}

/** How calls prove that they may come in: Twilio writes it as one text. */
function authType(domainSid: Sid<'SD'>, mappings: readonly SipMapping[]): string {
  const kinds = mappings
    .filter((mapping) => mapping.domainSid === domainSid && mapping.purpose === 'calls')
    .map(({ listSid }) => (listSid.startsWith('AL') ? 'IP_ACL' : 'CREDENTIAL_LIST'));
  return [...new Set(kinds)].toSorted().toReversed().join(',');
}

function render(domain: New<SipDomain>, mappings: readonly SipMapping[]): Json {
  const { sid, accountSid } = domain;
  const under = (path: string): string => uri2010(accountSid, `SIP/Domains/${sid}/${path}`);
  return {
    sid,
    account_sid: accountSid,
    api_version: API_VERSION,
    domain_name: domain.domainName,
    friendly_name: domain.friendlyName,
    auth_type: authType(sid, mappings),
    voice_url: domain.voiceUrl,
    voice_method: domain.voiceMethod,
    voice_fallback_url: domain.voiceFallbackUrl,
    voice_fallback_method: domain.voiceFallbackMethod,
    voice_status_callback_url: domain.voiceStatusCallbackUrl,
    voice_status_callback_method: domain.voiceStatusCallbackMethod,
    sip_registration: domain.sipRegistration === 1,
    secure: domain.secure === 1,
    emergency_calling_enabled: false,
    emergency_caller_sid: null,
    byoc_trunk_sid: null,
    date_created: rfc2822Date(domain.dateCreated),
    date_updated: rfc2822Date(domain.dateUpdated),
    uri: uri2010(accountSid, `SIP/Domains/${sid}`),
    subresource_uris: {
      credential_list_mappings: under('CredentialListMappings'),
      ip_access_control_list_mappings: under('IpAccessControlListMappings'),
      auth_calls_credential_list_mappings: under('Auth/Calls/CredentialListMappings'),
      auth_calls_ip_access_control_list_mappings: under('Auth/Calls/IpAccessControlListMappings'),
      auth_registrations_credential_list_mappings: under(
        'Auth/Registrations/CredentialListMappings',
      ),
    },
  };
}
