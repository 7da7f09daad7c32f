import { deepStrictEqual } from 'node:assert';
import { fuzz, staysLinear } from '../../../../tests/_fuzz/fuzz.ts';
import { mutateBytes } from '../../../../tests/_fuzz/mutate.ts';
import { formatMessage } from '../../src/message/format-message.ts';
import { readEnvelope } from '../../src/message/envelope.ts';
import { sdpOf, type SipMessage } from '../../src/message/message.ts';
import { MAX_BODY_BYTES, parseMessage } from '../../src/message/parse-message.ts';
import { respondTo } from '../../src/message/respond.ts';
import { formatVia, parseVia } from '../../src/message/via.ts';
import { makeMessage, nasty, words } from './_messages.ts';

const errorCodes = ['oversize', 'start-line', 'version', 'header', 'content-length', 'incomplete'];

function checkMessage(message: SipMessage): void {
  if (message.body.byteLength > MAX_BODY_BYTES) throw new Error('A long body');
  const written = formatMessage(message);
  const again = parseMessage(written);
  // What came with the short names of headers may be too long with the long ones.
  if (!again.ok && again.error.code === 'oversize') return;
  if (!again.ok) throw new Error(`What was written is not read: ${again.error.message}`);
  // Reading what was written gives the same message, and no header more.
  if (!formatMessage(again.value).equals(written)) throw new Error('Written differently again');
  deepStrictEqual(again.value.headers.entries(), message.headers.entries());
  const envelope = readEnvelope(message);
  if (envelope.ok) {
    const { seq, callId, via } = envelope.value;
    if (!Number.isSafeInteger(seq) || seq < 0 || seq >= 2 ** 31) throw new Error(`CSeq ${seq}`);
    if (callId === '') throw new Error('No Call-ID');
    deepStrictEqual(parseVia(formatVia(via)), via);
  }
  sdpOf(message);
  if (message.kind === 'request') {
    const response = parseMessage(formatMessage(respondTo(message, 400, { toTag: 'ours' })));
    if (!response.ok) throw new Error(`Our answer is malformed: ${response.error.message}`);
    deepStrictEqual(response.value.headers.getAll('via'), message.headers.getAll('via'));
  }
}

fuzz<Buffer>('A SIP datagram', {
  corpus: nasty.map((text) => Buffer.from(text)),
  make: (random) =>
    mutateBytes(random, Buffer.from(makeMessage(random)), {
      words,
      others: [random.pick(nasty), makeMessage(random)],
    }),
  check: (bytes) => {
    const copy = Buffer.from(bytes);
    const parsed = parseMessage(bytes);
    if (!copy.equals(bytes)) throw new Error('The datagram was changed');
    if (parsed.ok) return checkMessage(parsed.value);
    if (!errorCodes.includes(parsed.error.code)) throw new Error(`Error ${parsed.error.code}`);
    if (parsed.error.message.length > 200) throw new Error('The message of the error is long');
    if (parsed.error.refusal !== undefined) checkMessage(parsed.error.refusal.request);
    return undefined;
  },
});

staysLinear('A SIP datagram', {
  before: [
    '',
    'OPTIONS ',
    'OPTIONS sip:a@b SIP/2.0\r\nA: ',
    'SIP/2.0 200 OK\r\n',
    'A sip:b SIP/2.0\r\nVia: SIP/2.0/UDP a',
  ],
  after: ['', '\r\n\r\n'],
  pieces: ['\r\n ', '\r\n\r\n', 'a: b\r\n', 'v: a,\r\n', '<>', '""', 'SIP/2.0 '],
  parse: (text) => {
    const parsed = parseMessage(text);
    if (parsed.ok) readEnvelope(parsed.value);
  },
});

staysLinear('The body of a SIP message', {
  before: ['', '--b', '--b\r\nContent-Type'],
  after: ['', '\r\n\r\n', '\u2028'],
  pieces: ['--b', '--b\r\n\r\n', 'content-type :', '\r\n\r\n'],
  length: 60_000,
  parse: (body) => {
    const head = 'A sip:b SIP/2.0\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n';
    const parsed = parseMessage(head + body);
    if (parsed.ok) sdpOf(parsed.value);
  },
});

staysLinear('The type of a SIP body', {
  before: ['', 'multipart/mixed', 'multipart/mixed;boundary='],
  after: ['', '\u2028'],
  pieces: [';boundary', '; ', ';boundary='],
  length: 16_000,
  parse: (type) => {
    const parsed = parseMessage(`A sip:b SIP/2.0\r\nc: ${type}\r\n\r\nbody`);
    if (parsed.ok) sdpOf(parsed.value);
  },
});
