import { deepStrictEqual } from 'node:assert';
import { fuzz, staysLinear } from '../../../../tests/_fuzz/fuzz.ts';
import { mutateText } from '../../../../tests/_fuzz/mutate.ts';
import { formatNameAddr, parseNameAddr, parseNameAddrList } from '../../src/message/name-addr.ts';
import { formatSipUri, parseSipUri } from '../../src/message/uri.ts';
import { formatVia, parseVia } from '../../src/message/via.ts';
import { makeNameAddr, makeUri, words } from './_messages.ts';

/** What cannot be written is refused with a TypeError, and by nothing else. */
function written<T>(format: (value: T) => string, value: T): string | undefined {
  try {
    return format(value);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

fuzz<string>('A URI of SIP', {
  corpus: [
    '',
    ':',
    'sip:',
    'sip:@',
    'sip:a@b@c',
    'sip:a@[::1',
    'sip:a@b:65536',
    'sip:a@b?',
    'sip:\ud800@b',
  ],
  make: (random) => mutateText(random, makeUri(random), { words, others: [makeUri(random)] }),
  check: (text) => {
    const parsed = parseSipUri(text);
    if (!parsed.ok) {
      if (parsed.error.message.length > 200) throw new Error('The message of the error is long');
      return;
    }
    const { port } = parsed.value;
    if (port !== undefined && !(port >= 0 && port <= 65_535)) throw new Error(`Port ${port}`);
    const again = written(formatSipUri, parsed.value);
    if (again === undefined) {
      if (!/\p{Cs}/u.test(text)) throw new Error('What was read cannot be written');
      return;
    }
    deepStrictEqual(parseSipUri(again), parsed);
    if (/[\s<>]/.test(again)) throw new Error(`Written as ${again}`);
  },
});

fuzz<string>('An address of SIP', {
  corpus: ['', '<', '<>', '"', '"<sip:a>', '"\\', '<sip:a', 'a <sip:b> c', '*', '"\r\n" <sip:a>'],
  make: (random) =>
    mutateText(random, makeNameAddr(random), { words, others: [makeNameAddr(random)] }),
  check: (text) => {
    parseNameAddrList([text, text]);
    const parsed = parseNameAddr(text);
    if (!parsed.ok) return;
    const again = written(formatNameAddr, parsed.value);
    if (again === undefined) {
      // Header values are unfolded and UTF-8 before they are read.
      if (!/\p{Cs}/u.test(text) && !/[\r\n]/.test(text)) throw new Error('Cannot be written');
      return;
    }
    deepStrictEqual(parseNameAddr(again), parsed);
  },
});

fuzz<string>('A Via of SIP', {
  corpus: ['', 'SIP/2.0/UDP', 'SIP/2.0/UDP ', 'SIP/2.0/UDP a:99999', 'SIP/2.0/UDP [::1];x'],
  make: (random) =>
    mutateText(
      random,
      random.pick([
        'SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKa;rport',
        'SIP / 2.0 / tcp [2001:db8::1]:1 ; branch = "a;b"; received=1.2.3.4',
      ]),
      { words },
    ),
  check: (text) => {
    const via = parseVia(text);
    if (via !== undefined) deepStrictEqual(parseVia(formatVia(via)), via);
  },
});

const linear = {
  before: ['', 'sip:', 'sip:a', '<sip:a>', '"', 'a <sip:b@c', 'sip:a@b;c="', 'SIP/2.0/UDP '],
  after: ['', '@', '>', '"', '!\u2028'],
  pieces: [';a=b', ',<a>', '\\"', '%41', ':1'],
} as const;

staysLinear('An address of SIP', {
  ...linear,
  parse: (text) => {
    parseSipUri(text);
    parseNameAddrList([text]);
    parseVia(text);
  },
});
