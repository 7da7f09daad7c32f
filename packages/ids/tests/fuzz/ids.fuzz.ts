import { deepStrictEqual } from 'node:assert';
import { fuzz, staysLinear } from '../../../../tests/_fuzz/fuzz.ts';
import { mutateText } from '../../../../tests/_fuzz/mutate.ts';
import {
  explainSid,
  isClientAddress,
  isE164,
  isEmailAddress,
  isSid,
  isSipUri,
  nearestName,
  parseAddress,
  parseE164,
  parseSid,
} from '../../src/index.ts';

const sids = [
  'CA0123456789abcdef0123456789abcdee',
  'ZZ0123456789abcdef0123456789abcdee',
  'CNXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX',
  'conv_conversation_01h455vb4pex5vsknk084sn02q',
  '{{conductorSid}}',
  'your_account_sid',
  '"CH00000000000000000000000000000000"',
  '550e8400-e29b-41d4-a716-446655440000',
];

fuzz<string>('A SID', {
  corpus: ['', ' ', '\u200b', 'CA', 'undefined', '__proto__', '\ud800'.repeat(34), 'ca'.repeat(17)],
  make: (random) => mutateText(random, random.pick(sids), { words: sids, others: sids }),
  check: (text) => {
    const explanation = explainSid(text);
    if (explanation.sentence.length > 500) throw new Error('A long sentence');
    if (/\p{Cs}/u.test(explanation.sentence)) throw new Error('Half a character in the sentence');
    // Control characters and blanks of other kinds are shown, not printed.
    if (/[\p{Cc}\u2028\u2029]/u.test(explanation.sentence)) throw new Error('Unprintable');
    if (isSid(text) && !['sid', 'placeholder'].includes(explanation.kind)) {
      throw new Error(`A SID is explained as ${explanation.kind}`);
    }
    if (explanation.kind === 'sid' && !isSid(text)) throw new Error('Explained as a SID');
    const parsed = parseSid(text, 'CA', 'CH');
    if (parsed.ok !== isSid(text, 'CA', 'CH')) throw new Error('parseSid and isSid differ');
    const known = ['ConductorSid', 'ConversationSid'];
    const nearest = nearestName(text, known);
    if (nearest !== undefined && !known.includes(nearest)) throw new Error(nearest);
  },
});

const addresses = [
  '+15551234567',
  ' (555) 123-4567',
  'sip:ada@example.com:5060;transport=tls?X-Order=17',
  'sips:a;b=c@[2001:db8::1]',
  'client:ada?room=4&__proto__=1',
  'ada.lovelace@example.com',
  'J\u00fcrgen@m\u00fcnchen.de',
  'whatsapp:+15551234567',
  'messenger:123',
];
const forms = { phone: isE164, sip: isSipUri, client: isClientAddress, email: isEmailAddress };

fuzz<string>('An address', {
  corpus: [
    '',
    ':',
    '@',
    'sip:',
    'sip:@',
    'client:',
    'sip:a?__proto__=1',
    'sip:a;__proto__=1',
    'client:a?__proto__=b',
  ],
  make: (random) =>
    mutateText(random, random.pick(addresses), { words: addresses, others: addresses }),
  check: (text) => {
    const parsed = parseAddress(text);
    if (!parsed.ok) {
      if (parsed.error.message.length > 300) throw new Error('A long message');
      return;
    }
    const { value } = parsed;
    // What was read is of its kind, and reads the same again.
    const form = forms[value.type as keyof typeof forms];
    if (form !== undefined && !form(value.address)) throw new Error(`No ${value.type}`);
    deepStrictEqual(parseAddress(value.address), parsed);
    if (/[\r\n\0]/.test(value.address)) throw new Error('A header could be smuggled in');
    if ('parameters' in value && Object.getPrototypeOf(value.parameters) !== Object.prototype) {
      throw new Error('A parameter has become the prototype');
    }
    if (value.type === 'phone') deepStrictEqual(parseE164(value.address).ok, true);
  },
});

staysLinear('A SID or an address', {
  before: ['', 'CA', 'sip:', 'sip:a@', 'client:a', 'a@', '+1', '<', '{', 'conv_'],
  after: ['', '@', '!', '>', 'sid'],
  pieces: ['_a', 'a.', '%41', ' sid'],
  parse: (text) => {
    explainSid(text);
    parseAddress(text);
    nearestName(text, ['ConductorSid']);
  },
});
