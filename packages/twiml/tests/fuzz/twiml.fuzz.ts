import { deepStrictEqual } from 'node:assert';
import { fuzz, staysLinear } from '../../../../tests/_fuzz/fuzz.ts';
import { mutateText } from '../../../../tests/_fuzz/mutate.ts';
import type { Random } from '../../../../tests/_fuzz/random.ts';
import { parseTwiml } from '../../src/index.ts';
import { verbNames } from '../../src/verb-names.ts';
import {
  MAX_DOCUMENT_BYTES,
  MAX_LOOPS,
  MAX_SAY_CHARACTERS,
  MAX_WARNINGS,
} from '../../src/limits.ts';

const nouns = ['Number', 'Sip', 'Client', 'Conversation', 'Conference', 'Headers', 'Header'];
const attributes = [
  'loop',
  'voice',
  'language',
  'length',
  'numDigits',
  'timeout',
  'finishOnKey',
  'input',
  'action',
  'method',
  'conductorSid',
  'statusCallbackEvent',
  'record',
  'sendDigits',
  'hangupOnStar',
  'timeLimit',
  'callerId',
  'xmlns:a',
  '__proto__',
  'constructor',
];
const values = [
  '',
  '0',
  '1',
  '999999999',
  '-1',
  'true',
  'GET',
  'en-US',
  '#',
  '1w2W*',
  'dtmf speech',
  'https://example.com/a?b=1&amp;c=2',
  'answered completed',
  '&#x41;&#65;',
  'CN0123456789abcdef0123456789abcdef',
];
const texts = [
  'Hello',
  ' ',
  '+15551234567',
  'sip:a@b?X-A=1',
  '&lt;&amp;',
  '<![CDATA[<b>]]>',
  '<!-- c -->',
  '<?pi?>',
  '\n',
];

function makeElement(random: Random, depth: number): string {
  const name = random.pick(random.oneIn(3) ? nouns : verbNames);
  const written = [...new Set(random.list(3, () => random.pick(attributes)))]
    .map((attribute) => ` ${attribute}="${random.pick(values)}"`)
    .join('');
  const inside = random.list(2, () =>
    depth > 0 && random.oneIn(2) ? makeElement(random, depth - 1) : random.pick(texts),
  );
  return inside.length === 0
    ? `<${name}${written}/>`
    : `<${name}${written}>${inside.join('')}</${name}>`;
}

function makeDocument(random: Random): string {
  const declaration = random.maybe('<?xml version="1.0" encoding="UTF-8"?>\n');
  const verbs = random.list(3, () => makeElement(random, 3));
  return `${declaration}<Response>${verbs.join(random.maybe('\n'))}</Response>`;
}

const words = [
  '<Say>',
  '</Say>',
  '<Say',
  '/>',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?',
  '?>',
  '&amp;',
  '&#0;',
  '&#x110000;',
  '&x;',
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  ' a="b"',
  "='",
  '</Response>',
  '<Response>',
];

const nasty = [
  '',
  '\ufeff',
  '<',
  '<Response',
  '<Response/>',
  '<Response></Response><Response/>',
  ' <?xml version="1.0"?><Response/>',
  '<?xml version="1.1"?><Response/>',
  '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><Response>&lol2;</Response>',
  '<!DOCTYPE a SYSTEM "file:///etc/passwd"><Response/>',
  '<Response xmlns="urn:x" a:b="c"><Say a="1" a="2">x</Say></Response>',
  '<Response><__proto__ __proto__="1"/><constructor/></Response>',
  `<Response>${'<Say>'.repeat(40)}x${'</Say>'.repeat(40)}</Response>`,
  `<Response>${'<Say/>'.repeat(4001)}</Response>`,
  `<Response><Say>${'x'.repeat(5000)}</Say></Response>`,
  `<Response><Say>${'\u00e9'.repeat(40_000)}</Say></Response>`,
  `<Response ${Array.from({ length: 99 }, (_, index) => `a${index}="${'x'.repeat(500)}"`).join(' ')}/>`,
  '<Response>\ud800</Response>',
  '<Response>\0</Response>',
  '<Response>]]></Response>',
  '<Response><!-- a -- b --></Response>',
  '<Response><Say/></response>',
];

/** No value of an attribute or text becomes the prototype of anything. */
function checkPlain(value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`Number ${value}`);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype) throw new Error('Prototype');
  for (const each of Object.values(value)) checkPlain(each);
}

fuzz<string>('A TwiML document', {
  corpus: nasty,
  make: (random) =>
    mutateText(random, makeDocument(random), {
      words,
      others: [random.pick(nasty).slice(0, 2000)],
    }),
  check: (text, random) => {
    const result = parseTwiml(text);
    if (!result.ok) {
      const { code, message, line = 1, column = 1 } = result.error;
      if (![11750, 12100, 12101, 12102].includes(code)) throw new Error(`Code ${code}`);
      if (message.length > 300) throw new Error(`A message of ${message.length} characters`);
      // The place is one that the document has; its line ends are those of XML.
      const lines = text.split(/\r\n|\n|\r/);
      if (line < 1 || line > lines.length || column < 1) throw new Error(`At ${line}:${column}`);
      return;
    }
    if (Buffer.byteLength(text) > MAX_DOCUMENT_BYTES + 3) throw new Error('Too long, and taken');
    const { verbs, warnings } = result.value;
    if (warnings.length > MAX_WARNINGS) throw new Error(`${warnings.length} warnings`);
    for (const { message, code } of warnings) {
      if (message.length > 600) throw new Error(`A warning of ${message.length} characters`);
      if (!Number.isInteger(code)) throw new Error(`Code ${code}`);
    }
    checkPlain(verbs);
    for (const verb of verbs) {
      if (!verbNames.includes(verb.verb) && verb.verb !== 'Unsupported') throw new Error(verb.verb);
      if (verb.verb !== 'Say') continue;
      if (verb.text.trim() === '' || verb.text.length > MAX_SAY_CHARACTERS) throw new Error('Say');
      if (verb.loop < 1 || verb.loop > MAX_LOOPS) throw new Error(`Loop ${verb.loop}`);
    }
    // Reading leaves nothing behind.
    if (random.oneIn(20)) deepStrictEqual(parseTwiml(text), result);
  },
});

staysLinear('A TwiML document', {
  before: [
    '',
    '<',
    '<Response>',
    '<Response><Say>',
    '<Response a="',
    '<Response><!--',
    '<Response><![CDATA[',
    '<?xml ',
    '<Response><Say loop="',
    '<Response><Dial callerId="',
  ],
  after: ['', '</Response>', '</Say></Response>', '"/></Response>'],
  pieces: [
    '<Say/>',
    '<a>',
    '</a>',
    '<!---->',
    '<![CDATA[]]>',
    '<?a?>',
    '&amp;',
    '&#65;',
    ' a="b"',
    "''",
    '-->',
    ']]>',
    '\r\n',
  ],
  length: 60_000,
  parse: (text) => {
    parseTwiml(text);
  },
});
