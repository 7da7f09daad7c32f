import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { formatNameAddr, parseNameAddr, parseNameAddrList } from './name-addr.ts';
import { formatSipUri, parseSipUri, type SipUri } from './uri.ts';
import { parseVia } from './via.ts';

function uri(text: string): SipUri {
  const parsed = parseSipUri(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

describe('a SIP URI', () => {
  test('is read with all its parts', () => {
    expect(uri('SIPS:alice:pa%20ss@Example.COM:5061;Transport=TCP;lr?Subject=x&a=b')).toEqual({
      scheme: 'sips',
      user: 'alice',
      password: 'pa ss',
      host: 'example.com',
      port: 5061,
      params: new Map([
        ['transport', 'TCP'],
        ['lr', ''],
      ]),
      headers: 'Subject=x&a=b',
    });
  });

  test('may have an odd user part', () => {
    expect(uri('sip:+15551234567@h').user).toBe('+15551234567');
    expect(uri('sip:%2B1555@h').user).toBe('+1555');
    expect(uri('sip:user;par=u%40example.net@h').user).toBe('user;par=u@example.net');
    expect(uri('sip:#31#123@h').user).toBe('#31#123');
    expect(formatSipUri(uri('sip:a;b?c/d=$&+,@h'))).toBe('sip:a;b?c/d=$&+,@h');
  });

  test('may name its host as an IPv6 address', () => {
    expect(uri('sip:a@[2001:DB8::1]:5070')).toMatchObject({ host: '[2001:db8::1]', port: 5070 });
  });

  test('may be a tel URI or another one', () => {
    expect(uri('tel:+1-555;phone-context=x')).toMatchObject({
      scheme: 'tel',
      user: '+1-555',
      host: '',
    });
    expect(formatSipUri(uri('tel:+1-555;phone-context=x'))).toBe('tel:+1-555;phone-context=x');
    expect(formatSipUri(uri('urn:service:sos'))).toBe('urn:service:sos');
  });

  test.each([
    '',
    'sip:',
    'sip:@h',
    'sip:a@',
    'sip:a@b@c',
    'sip:a@h:99999',
    'sip:a@h:',
    'sip:a b@h',
    'sip:%zz@h',
    'sip:%ff@h',
    'sip:a@h;=x',
    'sip:a@h\r\nX: y',
    'sip:<a>@h',
    ':x',
    'alice',
    'sip:a@[::1',
    'sip:a@h..-',
  ])('%j is refused', (text) => {
    expect(parseSipUri(text).ok).toBe(false);
  });

  test('is never written so that it means something else', () => {
    const base: SipUri = { scheme: 'sip', host: 'h', params: new Map() };

    expect(() => formatSipUri({ ...base, host: 'h\r\nX: y' })).toThrow(TypeError);
    expect(() => formatSipUri({ ...base, params: new Map([['a', 'b;c']]) })).toThrow(TypeError);
    expect(() => formatSipUri({ ...base, params: new Map([['a>', 'b']]) })).toThrow(TypeError);
    expect(() => formatSipUri({ ...base, headers: 'a b' })).toThrow(TypeError);
    expect(() => formatSipUri({ ...base, scheme: 'sip:' })).toThrow(TypeError);
    expect(() => formatSipUri({ ...base, user: '\ud800' })).toThrow(TypeError);
    expect(formatSipUri({ ...base, user: 'a@b>\r\n' })).toBe('sip:a%40b%3E%0D%0A@h');
  });
});

const part = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 });
const token = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,8}$/);
const sipUri: fc.Arbitrary<SipUri> = fc
  .record(
    {
      scheme: fc.constantFrom('sip', 'sips'),
      user: part,
      host: fc.oneof(
        fc.domain(),
        fc.ipV4(),
        fc.ipV6().map((ip) => `[${ip}]`),
      ),
      port: fc.integer({ min: 0, max: 65_535 }),
      params: fc
        .array(fc.tuple(token, fc.oneof(token, fc.constant(''))))
        .map((pairs) => new Map(pairs)),
    },
    { requiredKeys: ['scheme', 'host', 'params'] },
  )
  .map((made) => ({ ...made, host: made.host.toLowerCase() }));

test('formatting a URI and parsing it gives it back', () => {
  fc.assert(
    fc.property(sipUri, (given) => {
      expect(parseSipUri(formatSipUri(given))).toEqual({ ok: true, value: given });
    }),
  );
});

test('formatting an address and parsing it gives it back', () => {
  const displayName = part.map((text) => text.replace(/[\r\n]/g, '')).filter((text) => text !== '');
  const address = fc.record(
    { displayName, uri: sipUri, params: fc.constant(new Map([['tag', 'x']])) },
    { requiredKeys: ['uri', 'params'] },
  );
  fc.assert(
    fc.property(address, (given) => {
      expect(parseNameAddr(formatNameAddr(given))).toEqual({ ok: true, value: given });
    }),
  );
});

test('parsing URIs, addresses and Via never throws', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(
        fc.constantFrom(
          'sip:',
          '"',
          '<',
          '>',
          '@',
          ';',
          'a',
          '=',
          '\\',
          ',',
          ' ',
          '%',
          '[',
          'SIP/2.0/UDP ',
        ),
      )
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (input) => {
      parseSipUri(input);
      parseNameAddr(input);
      parseNameAddrList([input]);
      parseVia(input);
    }),
    { numRuns: 1000 },
  );
});

describe('an address', () => {
  const read = (text: string) => {
    const parsed = parseNameAddr(text);
    if (!parsed.ok) throw new Error(parsed.error.message);
    return parsed.value;
  };

  test('may have a quoted name, a bare one, or none', () => {
    expect(read('"A \\"B\\" <c>" <sip:a@b>;tag=1')).toMatchObject({
      displayName: 'A "B" <c>',
      params: new Map([['tag', '1']]),
    });
    expect(read('Alice Smith <sip:a@b;x=y>').displayName).toBe('Alice Smith');
    expect(read('<sip:a@b>').displayName).toBeUndefined();
  });

  test('without brackets has its parameters in the header, not in the URI', () => {
    const address = read('sip:a@b;tag=1');

    expect(address.params.get('tag')).toBe('1');
    expect(address.uri.params.size).toBe(0);
  });

  test.each(['<sip:a@b', '"A <sip:a@b>', '<sip:a@b> x', 'sip:a@b?x=y', '"a"b" <sip:a@b>', ''])(
    '%j is refused',
    (text) => {
      expect(parseNameAddr(text).ok).toBe(false);
    },
  );

  test('with a line break in its name is not written', () => {
    expect(() => formatNameAddr({ ...read('<sip:a@b>'), displayName: 'a\r\nX: y' })).toThrow(
      TypeError,
    );
  });
});
