import { deepStrictEqual } from 'node:assert';
import { fuzz, staysLinear } from '../../../../tests/_fuzz/fuzz.ts';
import { mutateText, numbers } from '../../../../tests/_fuzz/mutate.ts';
import type { Random } from '../../../../tests/_fuzz/random.ts';
import { RequestError } from '../../src/base/app-error.ts';
import { formatPageToken, parsePageToken } from '../../src/base/page.ts';
import {
  applicationSid,
  boolean,
  date,
  integer,
  json,
  listOf,
  method,
  oneOf,
  proxyAddress,
  sid,
  text,
  texts,
  url,
} from '../../src/http/fields.ts';
import { form } from '../../src/http/form.ts';
import { parseForm } from '../../src/http/form-body.ts';
import { parseIsoDuration } from '../../src/model/iso-duration.ts';

/** A field of each kind. */
const everything = form({
  FriendlyName: text(256),
  State: oneOf(['active', 'closed']),
  Record: boolean,
  Timeout: integer(0, 600),
  Attributes: json(16_384),
  DateCreated: date(),
  Url: url('invalidUrl'),
  Method: method('invalidMethod'),
  ConductorSid: sid('CN', 'CH'),
  Filters: listOf(oneOf(['onMessageAdded'])),
  Triggers: texts,
  ProxyAddress: proxyAddress,
  ApplicationSid: applicationSid,
  __proto__: boolean,
});

const values = [
  '',
  'true',
  'closed',
  '{"a":{"__proto__":1}}',
  '['.repeat(2000),
  '2026-11-22T10:00:00Z',
  '2026-02-30',
  'https://example.com/a?b=c#d',
  'javascript:alert(1)',
  'GET',
  'CN0123456789abcdef0123456789abcdee',
  'onMessageAdded,onMessageAdded',
  '+15551234567',
  'sip:a@b',
  ...numbers,
];

function makeForm(random: Random): string {
  const names = [
    ...everything.names,
    'friendlyName',
    '__proto__',
    'constructor',
    'toString',
    '',
    '7',
  ];
  const pairs = random.list(6, () => {
    const value = encodeURIComponent(random.pick(values));
    return random.oneIn(12) ? random.pick(names) : `${random.pick(names)}=${value}`;
  });
  return pairs.join(random.oneIn(12) ? '&&' : '&');
}

function refused(error: unknown): void {
  if (!(error instanceof RequestError)) throw error;
  if (error.status < 400 || error.status > 499) throw error;
}

fuzz<string>('A form body', {
  corpus: [
    '',
    '&',
    '=',
    '==&=',
    '%',
    'a=%00',
    '%00=a',
    'a=%FF',
    '%FF=a',
    'a=%FF&b=%EF%BF%BD',
    'a=%C0%AF',
    'a=\ud800',
    'a=%ED%A0%80',
    '__proto__=1&__proto__[x]=1&constructor=1',
    'a&'.repeat(1001),
    'a=1&'.repeat(1000),
    `${'a=%EF%BF%BD&'.repeat(900)}b=%FF`,
  ],
  make: (random) =>
    mutateText(random, makeForm(random), {
      words: ['&', '=', '%', '+', '%2B', '%26', '__proto__='],
    }),
  check: (body) => {
    let read: ReturnType<typeof parseForm>;
    try {
      read = parseForm(body);
    } catch (error) {
      return refused(error);
    }
    // The URL standard's own reader sees the same names and values, but for replaced characters.
    const expected = new Map<string, string[]>();
    for (const [name, value] of new URLSearchParams(`&${body}`)) {
      expected.set(name, [...(expected.get(name) ?? []), value]);
    }
    const sorted = (map: ReadonlyMap<string, readonly string[]>): unknown =>
      [...map].sort(([a], [b]) => (a < b ? -1 : 1));
    if (!/\p{Cs}/u.test(body)) deepStrictEqual(sorted(read), sorted(expected));
    everything.unknown(read);
    try {
      const parsed = everything.parse(read);
      for (const [name, value] of Object.entries(parsed)) {
        if (typeof value === 'number' && !Number.isSafeInteger(value))
          throw new Error(`${name} ${value}`);
      }
    } catch (error) {
      refused(error);
    }
    if ('x' in {}) throw new Error('Object has a new property');
    return undefined;
  },
});

staysLinear('A form body', {
  before: ['', 'a=', 'DateCreated=', 'Attributes=', 'Filters=', 'Url='],
  after: ['', '&b=%FF'],
  pieces: ['a&', 'a=%EF%BF%BD&', '%00', '%FF&', '[', '{"a":', ', '],
  parse: (body) => {
    try {
      everything.parse(parseForm(body));
    } catch (error) {
      refused(error);
    }
  },
});

fuzz<string>('A page token', {
  corpus: ['', 'PA', 'PAN', 'PANzzzzzzzzzzz', 'PAN-1', 'PAP0', 'PAN0\n', 'paN0', '__proto__'],
  make: (random) =>
    mutateText(
      random,
      formatPageToken({
        direction: random.pick(['after', 'before']),
        seq: random.below(2 ** 31) * random.pick([1, 4_000_000]),
      }),
    ),
  check: (token) => {
    const cursor = parsePageToken(token);
    if (cursor === undefined) return;
    if (!Number.isSafeInteger(cursor.seq) || cursor.seq < 0) throw new Error(`Seq ${cursor.seq}`);
    deepStrictEqual(parsePageToken(formatPageToken(cursor)), cursor);
  },
});

fuzz<string>('An ISO 8601 duration', {
  corpus: ['', 'P', 'PT', 'P1Y', 'P1DT', 'PT1S\n', `P${'9'.repeat(400)}D`, 'P-1D', 'PT1.5S'],
  make: (random) => mutateText(random, random.pick(['PT1M', 'P1DT12H', 'P4W', 'P1W2DT3H4M5S'])),
  check: (duration) => {
    const seconds = parseIsoDuration(duration);
    if (seconds === undefined) return;
    if (!Number.isSafeInteger(seconds) || seconds < 0) throw new Error(`${seconds} s`);
    deepStrictEqual(parseIsoDuration(`PT${seconds}S`), seconds);
  },
});
