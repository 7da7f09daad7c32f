import type { E164 } from '@tutti/ids';
import {
  createPhoneNumber,
  type PhoneNumberSettings,
  type WantedNumber,
} from '../../actions/create-phone-number.ts';
import { removePhoneNumber } from '../../actions/delete-phone-number.ts';
import { changePhoneNumber } from '../../actions/update-phone-number.ts';
import { refusal } from '../../base/app-error.ts';
import type { Page } from '../../base/page.ts';
import type { PhoneNumber } from '../../model/phone-number.ts';
import { defaultVoiceUrls } from '../../model/voice-urls.ts';
import type { Db } from '../../store/open-store.ts';
import { findPhoneNumber, listPhoneNumbers } from '../../store/phone-numbers.ts';
import type { ScopedRequest } from '../conversations-v1/scope.ts';
import { applicationSid, boolean, oneOf, sid, text } from '../fields.ts';
import { form, type FormValues } from '../form.ts';
import { given, nullable } from '../given.ts';
import { found } from '../path-not-found.ts';
import { operation, type Routes } from '../operation.ts';
import { page2010, rfc2822Date, type Json } from '../render.ts';
import {
  apiVersion,
  areaCode,
  friendlyName,
  notCarried,
  phoneNumber,
  renderVoiceUrls,
  voiceUrlFields,
  voiceUrlsOf,
} from './fields.ts';
import { API_VERSION, uri2010 } from './uri.ts';

const PAGE_MAX = 1000;

const regulated = notCarried('Numbers here need no address, identity or bundle. Leave it out.');

const fields = {
  ...voiceUrlFields,
  FriendlyName: friendlyName,
  ApiVersion: apiVersion,
  VoiceApplicationSid: applicationSid,
  SmsApplicationSid: applicationSid,
  VoiceReceiveMode: notCarried('Calls are voice calls: VoiceReceiveMode=voice.', 'voice'),
  TrunkSid: notCarried(
    'A trunk serves the whole server, not one number: calls leave by TUTTI_SIP_TRUNK. For calls to the number use VoiceUrl or VoiceApplicationSid.',
  ),
  AddressSid: regulated,
  IdentitySid: regulated,
  BundleSid: regulated,
  EmergencyStatus: notCarried('Emergency calling is not offered. Leave it out.'),
  EmergencyAddressSid: notCarried('Emergency calling is not offered. Leave it out.'),
};
const create = form({ ...fields, PhoneNumber: phoneNumber, AreaCode: areaCode });
const update = form({ ...fields, AccountSid: sid('AC') });
const filters = form({
  PhoneNumber: text(),
  FriendlyName: text(),
  Beta: boolean,
  Origin: oneOf(['twilio', 'hosted']),
});

const defaults: PhoneNumberSettings = {
  ...defaultVoiceUrls,
  friendlyName: null,
  voiceApplicationSid: null,
  smsApplicationSid: null,
};

/** Twilio: phone-numbers/api/incomingphonenumber-resource */
export function incomingPhoneNumberRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;
  const collection = '/2010-04-01/Accounts/:AccountSid/IncomingPhoneNumbers';
  const item = `${collection}/:Sid`;
  // Numbers here are of no particular kind, so every kind is the one list.
  const collections = [
    collection,
    ...['Local', 'Mobile', 'TollFree'].map((kind) => `${collection}/${kind}`),
  ];

  operation(routes, {
    method: 'POST',
    path: collections,
    parameters: create,
    status: 201,
    handle: async ({ caller, values, origin }) => {
      const settings = { ...defaults, ...settingsOf(values) };
      const wanted = wantedNumber(values.PhoneNumber, values.AreaCode);
      return renderNumber(
        await createPhoneNumber(context, caller.account.sid, wanted, settings, origin),
      );
    },
  });

  operation(routes, {
    method: 'GET',
    path: collections,
    parameters: filters,
    handle: async (request) => {
      const { PhoneNumber, FriendlyName, Beta, Origin } = request.values;
      const wanted = request.page(PAGE_MAX);
      const none: Page<PhoneNumber> = { items: [], next: undefined, previous: undefined };
      const page =
        Beta === true || Origin === 'hosted'
          ? none
          : await listPhoneNumbers(
              db,
              request.caller.account.sid,
              { phoneNumber: PhoneNumber, friendlyName: FriendlyName },
              wanted,
            );
      const items = page.items.map(renderNumber);
      return page2010('incoming_phone_numbers', items, request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: item,
    handle: async (request) => renderNumber(await numberOf(db, request)),
  });

  operation(routes, {
    method: 'POST',
    path: item,
    parameters: update,
    handle: async (request) => {
      const number = await numberOf(db, request);
      const { AccountSid } = request.values;
      if (AccountSid !== undefined && AccountSid !== number.accountSid) {
        throw refusal('notCarried', {
          name: 'AccountSid',
          given: AccountSid,
          problem: `Numbers are not moved between accounts. Delete ${number.sid} and create ${number.phoneNumber} in the other account.`,
        });
      }
      return renderNumber(
        await changePhoneNumber(context, number, settingsOf(request.values), request.origin),
      );
    },
  });

  operation(routes, {
    method: 'DELETE',
    path: item,
    status: 204,
    handle: async (request) => {
      await removePhoneNumber(context, await numberOf(db, request), request.origin);
    },
  });
}

async function numberOf(db: Db, request: ScopedRequest): Promise<PhoneNumber> {
  const key = request.path['Sid'] ?? '';
  return found(await findPhoneNumber(db, request.caller.account.sid, key), request, key, 'PN');
}

function wantedNumber(digits: E164 | undefined, area: string | undefined): WantedNumber {
  if (digits !== undefined) return { phoneNumber: digits };
  if (area !== undefined) return { areaCode: area };
  throw refusal('missingParameter', { name: 'PhoneNumber (or AreaCode)' });
}

function settingsOf(values: FormValues<typeof fields>): Partial<PhoneNumberSettings> {
  return {
    ...voiceUrlsOf(values),
    ...given({
      friendlyName: nullable(values.FriendlyName),
      voiceApplicationSid: values.VoiceApplicationSid,
      smsApplicationSid: values.SmsApplicationSid,
    }),
  };
}

function renderNumber(number: Omit<PhoneNumber, 'seq'>): Json {
  return {
    sid: number.sid,
    account_sid: number.accountSid,
    api_version: API_VERSION,
    phone_number: number.phoneNumber,
    friendly_name: number.friendlyName,
    ...renderVoiceUrls(number),
    voice_application_sid: number.voiceApplicationSid,
    voice_receive_mode: 'voice',
    sms_application_sid: number.smsApplicationSid,
    trunk_sid: null,
    address_sid: null,
    address_requirements: 'none',
    identity_sid: null,
    bundle_sid: null,
    emergency_status: 'Inactive',
    emergency_address_sid: null,
    emergency_address_status: 'unregistered',
    capabilities: { voice: true, sms: true, mms: false, fax: false },
    origin: 'twilio',
    beta: false,
    status: 'in-use',
    type: typeOf(number.phoneNumber),
    subresource_uris: {},
    date_created: rfc2822Date(number.dateCreated),
    date_updated: rfc2822Date(number.dateUpdated),
    uri: uri2010(number.accountSid, `IncomingPhoneNumbers/${number.sid}`),
  };
}

/** Toll-free area codes of the North American plan: 800, 833 to 888. */
function typeOf(digits: string): 'toll-free' | 'local' {
  return /^\+18(?:00|33|44|55|66|77|88)\d{7}$/.test(digits) ? 'toll-free' : 'local';
}
