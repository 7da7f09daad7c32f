import * as fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  isClientAddress,
  isE164,
  isEmailAddress,
  isSipUri,
  parseAddress,
  parseClientAddress,
  parseE164,
  parseSipUri,
} from './index.ts';
import type { ClientAddress, E164, EmailAddress, SipUri } from './index.ts';

describe('phone numbers', () => {
  it('accepts E.164 only in canonical form', () => {
    expect(isE164('+14155550100')).toBe(true);
    for (const text of ['14155550100', '+1 415', '+0155', '+', '+1234567890123456', 5, null]) {
      expect(isE164(text)).toBe(false);
    }
  });

  it('reads a number through its visual separators', () => {
    expect(parseE164(' +1 (415) 555-01.00 ')).toEqual({ ok: true, value: '+14155550100' });
  });

  it.each([
    ['', /empty/],
    ['+1415CALLME', /digits only/],
    [' 14155550100', /%2B/],
    ['0049301234567', /"\+49301234567"/],
    ['4155550100', /E\.164 form/],
    ['+0123456', /country code/],
    ['+1234567890123456', /15 digits/],
    ['1'.repeat(50), /not that long/],
  ])('says what is wrong with %j', (text, message) => {
    const result = parseE164(text);

    expect(result).toMatchObject({ ok: false, error: { message: expect.stringMatching(message) } });
  });
});

describe('SIP URIs', () => {
  it('takes a URI apart', () => {
    expect(
      parseSipUri('sips:ada%20l:pw@PBX.example.com:5071;transport=TLS;lr?X-Order=1%207'),
    ).toEqual({
      ok: true,
      value: {
        uri: 'sips:ada%20l:pw@PBX.example.com:5071;transport=TLS;lr?X-Order=1%207',
        user: 'ada l',
        host: 'pbx.example.com',
        port: 5071,
        parameters: { transport: 'TLS', lr: '' },
        headers: { 'X-Order': '1 7' },
        secure: true,
      },
    });
  });

  it('accepts a URI without a user, an IPv6 host and a user with parameters', () => {
    expect(parseSipUri('sip:example.com')).toMatchObject({ value: { host: 'example.com' } });
    expect(parseSipUri('sip:a@[2001:db8::1]:5060')).toMatchObject({
      value: { host: '[2001:db8::1]', port: 5060 },
    });
    expect(parseSipUri('sip:+14155550100;phone-context=x@gw')).toMatchObject({
      value: { user: '+14155550100;phone-context=x', host: 'gw', parameters: {} },
    });
  });

  it.each([
    'ada@example.com',
    'sip:',
    'sip:@example.com',
    'sip:a b@example.com',
    'sip:ada@',
    'sip:ada@exa mple.com',
    'sip:ada@example..com',
    'sip:ada@example.com:0',
    'sip:ada@example.com:65536',
    'sip:ada@[::1',
    `sip:${'a'.repeat(3000)}@example.com`,
  ])('refuses %j', (text) => {
    expect(isSipUri(text)).toBe(false);
  });
});

describe('client addresses', () => {
  it('reads the identity and its parameters', () => {
    expect(parseClientAddress('client:ada@example.com?room=4&lang=en')).toEqual({
      ok: true,
      value: {
        address: 'client:ada@example.com?room=4&lang=en',
        identity: 'ada@example.com',
        parameters: { room: '4', lang: 'en' },
      },
    });
  });

  it.each([
    'ada',
    'client:',
    'client: ',
    'client: ada',
    'client:a\nb',
    `client:${'a'.repeat(257)}`,
  ])('refuses %j', (text) => {
    expect(isClientAddress(text)).toBe(false);
  });
});

describe('e-mail addresses', () => {
  it.each(['ada@example.com', 'a.b+c@sub.example.org', 'root@localhost', 'jürgen@bücher.example'])(
    'accepts %s',
    (text) => {
      expect(isEmailAddress(text)).toBe(true);
    },
  );

  it.each([
    'ada',
    '@example.com',
    'ada@',
    'a b@example.com',
    '.a@example.com',
    'a..b@example.com',
    'ada@-example.com',
    'ada@example.com.',
    'Ada <ada@example.com>',
    `${'a'.repeat(65)}@example.com`,
  ])('refuses %j', (text) => {
    expect(isEmailAddress(text)).toBe(false);
  });
});

describe('parseAddress', () => {
  it.each([
    ['+1 415 555 0100', { type: 'phone', address: '+14155550100' }],
    ['sip:ada@example.com', { type: 'sip', user: 'ada', host: 'example.com', secure: false }],
    ['client:ada', { type: 'client', identity: 'ada' }],
    ['ada@example.com', { type: 'email', address: 'ada@example.com' }],
    [
      'whatsapp:+14155550100',
      { type: 'whatsapp', address: 'whatsapp:+14155550100', number: '+14155550100' },
    ],
    ['messenger:1234567', { type: 'messenger', id: '1234567' }],
    ['RCS:agent_1', { type: 'rcs', address: 'rcs:agent_1', id: 'agent_1' }],
  ])('tells the kind of %s', (text, expected) => {
    expect(parseAddress(text)).toMatchObject({ ok: true, value: expected });
  });

  it.each(['', 'ada', '4155550100', 'mailto:ada@example.com', 'whatsapp:ada', 'a b@c', 'rcs:'])(
    'refuses %j with a sentence',
    (text) => {
      expect(parseAddress(text)).toMatchObject({
        ok: false,
        error: { message: expect.stringMatching(/\.$/) },
      });
    },
  );

  it.each(['sip:a@b?X-A=1\n', 'sip:a@b;c=\0', 'sip:a b@c', 'client:a?b=\r\n'])(
    'refuses blanks and control characters wherever they stand: %j',
    (text) => {
      expect(parseAddress(text)).toMatchObject({
        ok: false,
        error: { message: expect.stringMatching(/control characters/) },
      });
    },
  );

  it('never throws, whatever the text', () => {
    const schemes = fc.constantFrom('', 'sip:', 'sip:a@', 'client:', 'whatsapp:', '+', 'rcs:');
    fc.assert(
      fc.property(schemes, fc.string({ unit: 'binary' }), (scheme, rest) => {
        expect(typeof parseAddress(scheme + rest).ok).toBe('boolean');
      }),
    );
  });

  it('answers long texts without delay', () => {
    for (const unit of ['a', 'sip:a@', 'client:', ' ', 'a@a.', '(', '@']) {
      expect(parseAddress(unit.repeat(100_000)).ok).toBe(false);
    }
  });
});

it('keeps the kinds of address apart as types', () => {
  expectTypeOf<E164>().not.toExtend<SipUri>();
  expectTypeOf<ClientAddress>().not.toExtend<EmailAddress>();
  expectTypeOf<string>().not.toExtend<E164>();
});
