import { refusal } from '../../base/app-error.ts';
import { spoken } from '../../model/phone-number.ts';
import { listPhoneNumberDigits } from '../../store/phone-numbers.ts';
import type { ScopedRequest } from '../conversations-v1/scope.ts';
import { boolean } from '../fields.ts';
import { form, type Field, type FormValues } from '../form.ts';
import { operation, type Routes } from '../operation.ts';
import { page2010, type Json } from '../render.ts';
import { areaCode, notCarried } from './fields.ts';
import { uri2010 } from './uri.ts';

const PAGE_MAX = 1000;

/** Numbers are made up, in the North American plan alone. */
const COUNTRY = { country: 'United States', country_code: 'US' } as const;

const TOLL_FREE = ['800', '833', '844', '855', '866', '877', '888'];

/** Area codes that exist, or could: no service codes (N11), none for expansion (N9X), no toll-free ones. */
const LOCAL = Array.from({ length: 800 }, (_, index) => String(200 + index)).filter(
  (code) => !/^.(?:11|9.)$/.test(code) && !TOLL_FREE.includes(code),
);

/** 555-0100 to 555-0199 are kept free for fiction. Source: NANPA, 555 line numbers */
const LINES = Array.from({ length: 100 }, (_, index) => `01${String(index).padStart(2, '0')}`);

/** Kinds of numbers that Twilio sells, and the area codes in which there are some here. */
const areasOf = {
  Local: LOCAL,
  // Which North American numbers are mobile cannot be seen from them.
  Mobile: LOCAL,
  TollFree: TOLL_FREE,
  National: [],
  Voip: [],
  SharedCost: [],
  MachineToMachine: [],
} as const satisfies Record<string, readonly string[]>;

type Kind = keyof typeof areasOf;
const kinds = Object.keys(areasOf) as Kind[];

/** Digits, letters of a telephone keypad, and `*` for any one digit; matched anywhere in the number. */
const contains: Field<RegExp | undefined> = {
  read: (values, name) => {
    const value = (values.at(-1) ?? '').replace(/^\+/, '');
    if (value === '') return undefined;
    if (/^[\da-z*]{2,16}$/i.test(value)) {
      const digits = value.replaceAll(/[a-z]/gi, keyOf);
      return new RegExp(digits.replaceAll('*', String.raw`\d`));
    }
    const problem = `${value} was given; 2 to 16 digits, letters and * (any one digit) are expected, as 510555****.`;
    throw refusal('invalidParameter', { name, problem });
  },
};

/** The key that carries the letter. Source: ITU-T E.161 */
function keyOf(letter: string): string {
  const at = ['ABC', 'DEF', 'GHI', 'JKL', 'MNO', 'PQRS', 'TUV', 'WXYZ'].findIndex((letters) =>
    letters.includes(letter.toUpperCase()),
  );
  return String(at + 2);
}

const place = notCarried('Where a number is at home is not known here. Use AreaCode or Contains.');

const filters = form({
  AreaCode: areaCode,
  Contains: contains,
  VoiceEnabled: boolean,
  SmsEnabled: boolean,
  MmsEnabled: boolean,
  FaxEnabled: boolean,
  Beta: boolean,
  // No number needs an address, so these leave none out.
  ExcludeAllAddressRequired: boolean,
  ExcludeLocalAddressRequired: boolean,
  ExcludeForeignAddressRequired: boolean,
  NearNumber: place,
  NearLatLong: place,
  Distance: place,
  InPostalCode: place,
  InRegion: place,
  InRateCenter: place,
  InLata: place,
  InLocality: place,
});

const capabilities = { voice: true, SMS: true, MMS: false, fax: false };

/** Twilio: phone-numbers/api/availablephonenumber-resource */
export function availablePhoneNumberRoutes(routes: Routes): void {
  const { db } = routes.context;
  const collection = '/2010-04-01/Accounts/:AccountSid/AvailablePhoneNumbers';
  const country = `${collection}/:CountryCode`;

  operation(routes, {
    method: 'GET',
    path: collection,
    handle: async (request) => {
      const wanted = request.page(PAGE_MAX);
      return page2010('countries', [renderCountry(request)], request, wanted, only);
    },
  });

  operation(routes, {
    method: 'GET',
    path: country,
    handle: async (request) => {
      requireCountry(request);
      return renderCountry(request);
    },
  });

  for (const kind of kinds) {
    operation(routes, {
      method: 'GET',
      path: `${country}/${kind}`,
      parameters: filters,
      handle: async (request) => {
        requireCountry(request);
        const { values } = request;
        const wanted = request.page(PAGE_MAX);
        const areas = areasOf[kind].filter(
          (area) => values.AreaCode === undefined || values.AreaCode === area,
        );
        const digits = isOffered(values)
          ? free(areas, values.Contains, new Set(await owned(values.AreaCode)), wanted.pageSize)
          : [];
        return page2010('available_phone_numbers', digits.map(renderNumber), request, wanted, only);
      },
    });
  }

  /** Of the numbers that could be offered. */
  function owned(area = '___'): Promise<string[]> {
    return listPhoneNumberDigits(db, `+1${area}55501__`);
  }
}

/** A list has one page: as many numbers as are asked for. */
const only = { next: undefined, previous: undefined, items: [] } as const;

/** @throws RequestError notFound */
function requireCountry(request: ScopedRequest): void {
  if (request.path['CountryCode']?.toUpperCase() === COUNTRY.country_code) return;
  throw refusal('notFound', { path: request.sentPath }).explained(
    'Numbers are offered in the country US alone. Any other can be brought in: POST IncomingPhoneNumbers with PhoneNumber.',
  );
}

/** What all numbers can do is what is asked for. */
function isOffered({
  VoiceEnabled = true,
  SmsEnabled = true,
  MmsEnabled = false,
  FaxEnabled = false,
}: FormValues<{
  VoiceEnabled: typeof boolean;
  SmsEnabled: typeof boolean;
  MmsEnabled: typeof boolean;
  FaxEnabled: typeof boolean;
}>): boolean {
  return VoiceEnabled && SmsEnabled && !MmsEnabled && !FaxEnabled;
}

/** The first `count` that nobody has, of many area codes rather than of one. */
function free(
  areas: readonly string[],
  pattern: RegExp | undefined,
  taken: ReadonlySet<string>,
  count: number,
): string[] {
  const found: string[] = [];
  for (const line of LINES) {
    for (const area of areas) {
      const digits = `1${area}555${line}`;
      if (taken.has(`+${digits}`) || pattern?.test(digits) === false) continue;
      found.push(`+${digits}`);
      if (found.length === count) return found;
    }
  }
  return found;
}

function renderCountry(request: ScopedRequest): Json {
  const { sid } = request.caller.account;
  const path = `AvailablePhoneNumbers/${COUNTRY.country_code}`;
  return {
    ...COUNTRY,
    beta: false,
    uri: uri2010(sid, path),
    subresource_uris: {
      local: uri2010(sid, `${path}/Local`),
      mobile: uri2010(sid, `${path}/Mobile`),
      toll_free: uri2010(sid, `${path}/TollFree`),
    },
  };
}

/** Twilio: phone-numbers/api/availablephonenumberlocal-resource#properties */
function renderNumber(digits: string): Json {
  return {
    friendly_name: spoken(digits),
    phone_number: digits,
    lata: null,
    locality: null,
    rate_center: null,
    latitude: null,
    longitude: null,
    region: null,
    postal_code: null,
    iso_country: COUNTRY.country_code,
    address_requirements: 'none',
    beta: false,
    capabilities,
  };
}
