import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { formatMessage } from './format-message.ts';
import { SipHeaders } from './headers.ts';
import { bodyText, sdpOf, type SipMessage, type SipRequest } from './message.ts';
import { isToken, parseMessage } from './parse-message.ts';

function parsed(text: string): SipMessage {
  const result = parseMessage(text);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function errorCode(text: string): string {
  const result = parseMessage(text);
  return result.ok ? 'none' : result.error.code;
}

describe('a request', () => {
  test('is read with its method, URI, headers and body', () => {
    const message = parsed('INVITE sip:b@c SIP/2.0\r\nVia: x\r\nContent-Length: 2\r\n\r\nhi');

    expect(message).toMatchObject({ kind: 'request', method: 'INVITE', uri: 'sip:b@c' });
    expect(message.headers.entries()).toEqual([['Via', 'x']]);
    expect(bodyText(message)).toBe('hi');
  });

  test('may follow empty lines, and be followed by bytes that are not its own', () => {
    const message = parsed('\r\n\r\nOPTIONS sip:c SIP/2.0\r\nl: 1\r\n\r\nhihi');

    expect(bodyText(message)).toBe('h');
  });

  test('whose datagram ends after a whole header line needs no empty line', () => {
    expect(parsed('OPTIONS sip:c SIP/2.0\r\nTo: x\r\n').headers.get('to')).toBe('x');
    expect(errorCode('OPTIONS sip:c SIP/2.0\r\nl: 5\r\n')).toBe('content-length');
  });

  test('without Content-Length has the rest as its body', () => {
    expect(bodyText(parsed('OPTIONS sip:c SIP/2.0\r\nTo: x\r\n\r\nrest'))).toBe('rest');
  });
});

describe('a response', () => {
  test('is read with status and reason', () => {
    expect(parsed('SIP/2.0 486 Busy  Here\r\nTo: x\r\n\r\n')).toMatchObject({
      kind: 'response',
      status: 486,
      reason: 'Busy  Here',
    });
  });

  test('may have no reason at all', () => {
    expect(parsed('SIP/2.0 200 \r\nTo: x\r\n\r\n')).toMatchObject({ reason: '' });
    expect(parsed('sip/2.0 200\r\nTo: x\r\n\r\n')).toMatchObject({ reason: '' });
  });
});

describe('a header', () => {
  test('is found by any case and by its compact form', () => {
    const { headers } = parsed('OPTIONS sip:c SIP/2.0\r\ni: 1\r\nF : 2\r\nx-OWN: 3\r\n\r\n');

    expect(headers.get('Call-ID')).toBe('1');
    expect(headers.get('i')).toBe('1');
    expect(headers.get('from')).toBe('2');
    expect(headers.get('X-Own')).toBe('3');
    expect(headers.entries().map(([name]) => name)).toEqual(['Call-ID', 'From', 'x-OWN']);
  });

  test('may go on over several lines', () => {
    const { headers } = parsed(
      'OPTIONS sip:c SIP/2.0\r\nSubject: one\r\n  two\r\n\tthree\r\nTo: x\r\n\r\n',
    );

    expect(headers.get('subject')).toBe('one two three');
    expect(headers.get('to')).toBe('x');
  });

  test.each(['one\r\n two\rthree', 'one\r\n \ntwo', 'one\ntwo\r\n three'])(
    'may go on over several lines but not over %j',
    (value) => {
      expect(errorCode(`OPTIONS sip:c SIP/2.0\r\nSubject: ${value}\r\n\r\n`)).toBe('header');
    },
  );

  test('may be a list, over commas and lines, with commas in quotes', () => {
    const { headers } = parsed(
      'OPTIONS sip:c SIP/2.0\r\nm: "a, b" <sip:c,d@e>, <sip:f>\r\nContact: <sip:g>\r\n\r\n',
    );

    expect(headers.list('contact')).toEqual(['"a, b" <sip:c,d@e>', '<sip:f>', '<sip:g>']);
  });
});

describe('what is refused', () => {
  test.each([
    ['incomplete', 'OPTIONS sip:c SIP/2.0\r\nTo: x'],
    ['start-line', 'OPTIONS  sip:c SIP/2.0\r\nTo: x\r\n\r\n'],
    ['start-line', 'OPTIONS sip:c\r\nTo: x\r\n\r\n'],
    ['start-line', 'OPTIONS <sip:c> SIP/2.0\r\nTo: x\r\n\r\n'],
    ['start-line', 'SIP/2.0 99 Low\r\nTo: x\r\n\r\n'],
    ['start-line', 'OPTIONS sip:c SIP/2.0\n\r\nTo: x\r\n\r\n'],
    ['version', 'OPTIONS sip:c SIP/3.0\r\nTo: x\r\n\r\n'],
    ['header', 'OPTIONS sip:c SIP/2.0\r\nTo\r\n\r\n'],
    ['header', 'OPTIONS sip:c SIP/2.0\r\n folded first\r\n\r\n'],
    ['header', 'OPTIONS sip:c SIP/2.0\r\nTo: a\rb\r\n\r\n'],
    ['content-length', 'OPTIONS sip:c SIP/2.0\r\nl: 5\r\n\r\nhi'],
    ['content-length', 'OPTIONS sip:c SIP/2.0\r\nl: -1\r\n\r\nhi'],
    ['content-length', 'OPTIONS sip:c SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\nhi'],
    ['oversize', `OPTIONS sip:c SIP/2.0\r\nTo: ${'x'.repeat(17_000)}\r\n\r\n`],
    ['oversize', `OPTIONS sip:c SIP/2.0\r\nTo: x\r\n\r\n${'x'.repeat(70_000)}`],
  ])('%s: %j', (code, text) => {
    expect(errorCode(text)).toBe(code);
  });
});

describe('the SDP of a message', () => {
  const request = (type: string, body: string): SipRequest => ({
    kind: 'request',
    method: 'INVITE',
    uri: 'sip:a',
    headers: SipHeaders.of([['Content-Type', type]]),
    body: Buffer.from(body),
  });

  test('is its body, or the part of a multipart body', () => {
    const parts =
      '--b\r\nContent-Type: application/isup\r\n\r\nX\r\n--b\r\ncontent-type: application/sdp\r\n\r\nv=0\r\n\r\n--b--';

    expect(sdpOf(request('Application/SDP', 'v=0'))).toBe('v=0');
    expect(sdpOf(request('multipart/mixed; boundary="b"', parts))).toBe('v=0\r\n');
    expect(sdpOf(request('text/plain', 'v=0'))).toBeUndefined();
    expect(sdpOf(request('application/sdp', ''))).toBeUndefined();
  });
});

describe('formatting', () => {
  const build = (name: string, value: string, uri = 'sip:a', method = 'INVITE'): SipRequest => ({
    kind: 'request',
    method,
    uri,
    headers: SipHeaders.of([[name, value]]),
    body: Buffer.alloc(0),
  });

  test('refuses what would begin another header or line', () => {
    expect(() => formatMessage(build('A', 'b\r\nC: d'))).toThrow(TypeError);
    expect(() => formatMessage(build('A', 'b\nC: d'))).toThrow(TypeError);
    expect(() => formatMessage(build('A: b\r\nC', 'd'))).toThrow(TypeError);
    expect(() => formatMessage(build('A', 'b', 'sip:a SIP/2.0\r\nX: y'))).toThrow(TypeError);
    expect(() => formatMessage(build('A', 'b', 'sip:a', 'IN VITE'))).toThrow(TypeError);
  });

  const token = fc
    .string({
      unit: fc.constantFrom(
        'a',
        'b',
        'X',
        '0',
        '9',
        '-',
        '.',
        '!',
        '%',
        '*',
        '_',
        '+',
        '`',
        "'",
        '~',
      ),
      minLength: 1,
      maxLength: 12,
    })
    .filter((text) => isToken(text));
  const value = fc
    .string({ unit: 'binary', maxLength: 40 })
    .map((text) => text.replace(/[\r\n]/g, '').trim());
  const name = token.filter((text) => !/^(?:content-length|l)$/i.test(text));
  const content = fc.record({
    pairs: fc.array(fc.tuple(name, value), { maxLength: 8 }),
    body: fc.uint8Array({ maxLength: 200 }),
  });
  const message: fc.Arbitrary<SipMessage> = fc.oneof(
    fc
      .tuple(token, fc.webUrl().map(encodeURI), content)
      .map(([method, uri, { pairs, body }]): SipMessage => {
        return { kind: 'request', method, uri, headers: SipHeaders.of(pairs), body };
      }),
    fc
      .tuple(fc.integer({ min: 100, max: 699 }), value, content)
      .map(([status, reason, { pairs, body }]): SipMessage => {
        return { kind: 'response', status, reason, headers: SipHeaders.of(pairs), body };
      }),
  );
  const plain = (m: SipMessage): unknown => ({
    ...m,
    headers: m.headers.entries(),
    body: Buffer.from(m.body).toString('hex'),
  });

  test('and parsing give the same message back', () => {
    fc.assert(
      fc.property(message, (given) => {
        const result = parseMessage(formatMessage(given));
        expect(result.ok && plain(result.value)).toEqual(plain(given));
      }),
    );
  });

  test('what was parsed gives bytes that parse to the same message', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            'INVITE sip:a SIP/2.0',
            'SIP/2.0 200 OK',
            'V: a',
            'To:b',
            ' c',
            '\r\n',
            ':',
            'l: 1',
          ),
        ),
        (parts) => {
          const first = parseMessage(parts.join('\r\n'));
          if (!first.ok) return;
          const second = parseMessage(formatMessage(first.value));
          expect(second.ok && plain(second.value)).toEqual(plain(first.value));
        },
      ),
    );
  });
});

test('parsing never throws, whatever the bytes', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ maxLength: 300 })),
      (input) => {
        expect(typeof parseMessage(input).ok).toBe('boolean');
      },
    ),
    { numRuns: 500 },
  );
});
