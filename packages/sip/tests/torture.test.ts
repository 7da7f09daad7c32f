import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import {
  type IncomingCall,
  type IncomingRegister,
  parseMessage,
  parseNameAddr,
  parseSipUri,
  type SipMessage,
} from '../src/index.ts';
import { Inbox, listen, rawRequest } from './_setup.ts';

/** What an endpoint that takes calls (with 486) and registrations does with one datagram. */
interface Outcome {
  /** The statuses sent back, provisional ones too. */
  readonly statuses: readonly number[];
  readonly responses: readonly SipMessage[];
  readonly calls: readonly IncomingCall[];
  readonly registers: readonly IncomingRegister[];
}

const DIRECTORY = new URL('rfc4475/', import.meta.url);

/** The exact bytes of the archive in RFC 4475 appendix A. */
function bytesOf(name: string): Buffer {
  return readFileSync(new URL(`${name}.dat`, DIRECTORY));
}

function parsed(name: string): SipMessage {
  const result = parseMessage(bytesOf(name));
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

async function torture(name: string): Promise<Outcome> {
  const responses: SipMessage[] = [];
  const calls: IncomingCall[] = [];
  const registers: IncomingRegister[] = [];
  const probed = new Inbox<true>();
  await using sip = await listen({
    onInvite: (call) => {
      calls.push(call);
      call.reject(486);
    },
    onRegister: (register) => {
      registers.push(register);
      if (register.authorizations.length === 0 && register.request.headers.get('authorization')) {
        register.challenge({ realm: 'test', nonce: 'n' });
      } else register.accept(register.contacts);
    },
    onTrace: ({ direction, text }) => {
      const message = direction === 'out' ? parseMessage(text) : undefined;
      if (message?.ok !== true) return;
      if (message.value.headers.get('call-id') === 'probe') probed.put(true);
      else responses.push(message.value);
    },
  });
  const socket = createSocket('udp4');
  const probe = `${rawRequest('OPTIONS', 'sip:a@b', { port: 9, callId: 'probe' }).join('\r\n')}\r\n\r\n`;

  // Its answer is proof that the message before it has been dealt with.
  socket.send(bytesOf(name), sip.port, '127.0.0.1');
  socket.send(probe, sip.port, '127.0.0.1');
  await probed.next();

  socket.close();
  const statuses = responses.map((message) => (message.kind === 'response' ? message.status : 0));
  return { statuses, responses, calls, registers };
}

test('every message of the archive has its test', () => {
  const files = readdirSync(DIRECTORY).map((file) => file.replace('.dat', ''));

  expect(files.length).toBe(49);
  expect(files.toSorted()).toEqual(EXPECTED.map(([name]) => name).toSorted());
});

/** An INVITE that reached the application, which was busy. */
const TAKEN = [100, 486];
const DROPPED: readonly number[] = [];

const EXPECTED: readonly (readonly [name: string, title: string, statuses: readonly number[]])[] = [
  ['wsinv', '3.1.1.1: a short tortuous INVITE is well formed, of a dialog nobody knows', [481]],
  ['intmeth', '3.1.1.2: an unknown method of odd characters is not implemented', [501]],
  ['esc01', '3.1.1.3: an INVITE with valid escapes is taken', TAKEN],
  ['escnull', '3.1.1.4: a REGISTER with escaped nulls is taken', [200]],
  ['esc02', '3.1.1.5: % in a method is no escape: it is not REGISTER', [501]],
  ['lwsdisp', '3.1.1.6: no white space is needed between display name and <', [200]],
  ['longreq', '3.1.1.7: an INVITE with long values is taken', TAKEN],
  ['dblreq', '3.1.1.8: octets after the body are ignored', [200]],
  ['semiuri', '3.1.1.9: parameters in the user part are taken', [200]],
  ['transports', '3.1.1.10: varied and unknown transports in Via are taken', [200]],
  ['mpart01', '3.1.1.11: a multipart MESSAGE is well formed, and not allowed here', [405]],
  ['unreason', '3.1.1.12: a response with an unusual reason answers nothing of ours', DROPPED],
  ['noreason', '3.1.1.13: a response without reason answers nothing of ours', DROPPED],
  ['badinv01', '3.1.2.1: extraneous separators are refused', [400]],
  ['clerr', '3.1.2.2: a Content-Length beyond the datagram is refused', [400]],
  ['ncl', '3.1.2.3: a negative Content-Length is refused', [400]],
  ['scalar02', '3.1.2.4: an overlarge CSeq in a request is refused', [400]],
  ['scalarlg', '3.1.2.5: a response with an overlarge CSeq is discarded', DROPPED],
  ['quotbal', '3.1.2.6: an unterminated quoted string is refused', [400]],
  ['ltgtruri', '3.1.2.7: <> around the Request-URI is refused', [400]],
  ['lwsruri', '3.1.2.8: white space in the Request-URI is refused', [400]],
  ['lwsstart', '3.1.2.9: several spaces in the request line are refused', [400]],
  ['trws', '3.1.2.10: spaces at the end of the request line are refused', [400]],
  ['escruri', '3.1.2.11: headers in the Request-URI are ignored', TAKEN],
  ['baddate', '3.1.2.12: a Date nobody reads may have any time zone', TAKEN],
  ['regbadct', '3.1.2.13: a Contact that needs <> and has none is refused', [400]],
  ['badaspec', '3.1.2.14: spaces around an address in <> are ignored', [200]],
  ['baddn', '3.1.2.15: the quotes of a display name are inferred', [200]],
  ['badvers', '3.1.2.16: another version is not supported', [505]],
  ['mismatch01', '3.1.2.17: methods that differ in request line and CSeq are refused', [400]],
  ['mismatch02', '3.1.2.18: also with an unknown method', [400]],
  ['bigcode', '3.1.2.19: an overlarge status is discarded', DROPPED],
  ['badbranch', '3.2.1: a branch of the cookie alone identifies nothing, as in RFC 2543', [200]],
  ['insuf', '3.3.1: an INVITE without Call-ID, From and To is refused', [400]],
  ['unkscm', '3.3.2: an unknown scheme in the Request-URI is refused', [416]],
  ['novelsc', '3.3.3: an atypical scheme in the Request-URI is refused', [416]],
  ['unksm2', '3.3.4: a registrar refuses other schemes than sip in To', [400]],
  ['bext01', '3.3.5: required extensions nobody knows are refused', [420]],
  ['invut', '3.3.6: an unknown Content-Type is refused', [415]],
  ['regaut01', '3.3.7: an unknown authorization scheme is challenged anew', [401]],
  ['multi01', '3.3.8: several values where one is allowed are refused', [400]],
  ['mcl01', '3.3.9: several Content-Lengths are refused', [400]],
  ['bcast', '3.3.10: a response with a second Via is discarded', DROPPED],
  ['zeromf', '3.3.11: Max-Forwards of zero is enough for an endpoint', [200]],
  ['cparam01', '3.3.12: a parameter of Contact is none of its URI', [200]],
  ['cparam02', '3.3.13: a parameter of the URI in Contact stays with it', [200]],
  ['regescrt', '3.3.14: a header escaped in the URI of a Contact stays with it', [200]],
  ['sdp01', '3.3.15: an INVITE that accepts no SDP is not acceptable', [406]],
  ['inv2543', '3.4.1: an INVITE of RFC 2543 is taken', TAKEN],
];

test.each(EXPECTED)('%s, RFC 4475 §%s', async (name, _title, statuses) => {
  expect((await torture(name)).statuses).toEqual(statuses);
});

test('the tortuous INVITE means what its tidy twin would', () => {
  const { headers, body } = parsed('wsinv');
  const to = parseNameAddr(headers.get('to') ?? '');
  const from = parseNameAddr(headers.get('from') ?? '');

  expect(to.ok && to.value.params.get('tag')).toBe('1918181833n');
  expect(from).toMatchObject({
    value: { displayName: String.raw`J Rosenberg \"`, uri: { user: 'jdrosen' } },
  });
  expect(headers.list('via')).toHaveLength(3);
  expect(headers.get('subject')).toBe('');
  expect(headers.get('max-forwards')).toBe('0068');
  expect(headers.get('unknownheaderwithunusualvalue')).toBe(';;,,;;,;');
  expect(body).toHaveLength(150);
});

test('an unknown method is told those that are known', async () => {
  const { responses } = await torture('intmeth');

  expect(responses[0]?.headers.list('allow')).toContain('INVITE');
  expect(parseSipUri(requestUri('intmeth'))).toMatchObject({
    ok: true,
    value: {
      user: "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
      password: "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)",
      host: 'example.com',
    },
  });
});

test('escapes are undone once, and only where they are escapes', async () => {
  const { calls } = await torture('esc01');

  expect(calls[0]?.requestUri.user).toBe('sips:user@example.com');
  expect(calls[0]?.to.uri.user).toBe('user');
  expect(calls[0]?.from.uri.user).toBe('I have spaces');
  expect(parseNameAddr(parsed('esc02').headers.get('to') ?? '')).toMatchObject({
    value: { displayName: '%Z%45' },
  });
  expect(parsed('esc02').headers.getAll('contact')).toHaveLength(2);
});

test('escaped nulls shorten no name', async () => {
  const { registers } = await torture('escnull');

  expect(registers[0]?.aor.user).toBe('null-\0-null');
  expect(registers[0]?.contacts.map(({ uri }) => uri.user)).toEqual(['\0', '\0\0']);
});

test('long values are kept whole', async () => {
  const { calls } = await torture('longreq');

  expect(calls[0]?.from.params.get('tag')).toBe(`12${'982'.repeat(50)}424`);
  expect(calls[0]?.request.headers.list('via')).toHaveLength(34);
});

test('parameters of a user part are the user', () => {
  expect(parseSipUri(requestUri('semiuri'))).toMatchObject({
    value: { user: 'user;par=u@example.net', host: 'example.com' },
  });
});

test('a multipart body is framed by its length, nulls and all', () => {
  expect(parsed('mpart01').body).toHaveLength(553);
});

test('a reason phrase is kept as it is', () => {
  expect(parsed('unreason')).toMatchObject({
    status: 200,
    reason: '= 2**3 * 5**2 но сто девяносто девять - простое',
  });
  expect(parsed('noreason')).toMatchObject({ status: 100, reason: '' });
});

test('an unsupported extension is named', async () => {
  const { responses } = await torture('bext01');

  expect(responses[0]?.headers.list('unsupported')).toEqual([
    'nothingSupportsThis',
    'nothingSupportsThisEither',
  ]);
});

test('a binding keeps what belongs to its URI, and only that', async () => {
  const contactIn = async (name: string) => {
    const { responses } = await torture(name);
    const read = parseNameAddr(responses[0]?.headers.get('contact') ?? '');
    return read.ok ? read.value.uri : undefined;
  };

  expect((await contactIn('cparam01'))?.params.has('unknownparam')).toBe(false);
  expect((await contactIn('cparam02'))?.params.has('unknownparam')).toBe(true);
  expect((await contactIn('regescrt'))?.headers).toBe('Route=%3Csip:sip.example.com%3E');
});

function requestUri(name: string): string {
  const message = parsed(name);
  return message.kind === 'request' ? message.uri : '';
}
