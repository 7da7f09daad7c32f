import { deepStrictEqual } from 'node:assert';
import { validateRequest } from 'twilio';
import { fuzz, staysLinear } from '../../../../tests/_fuzz/fuzz.ts';
import { mutateText } from '../../../../tests/_fuzz/mutate.ts';
import type { Random } from '../../../../tests/_fuzz/random.ts';
import { Redaction } from '../../src/base/redact.ts';
import { urlProblem } from '../../src/base/url-problem.ts';
import { decodeText, mediaType } from '../../src/callback/content-type.ts';
import { CookieJar } from '../../src/callback/cookie-jar.ts';
import { defaultConnection, readOverrides } from '../../src/callback/overrides.ts';
import { encodeForm, signForm } from '../../src/callback/signature.ts';
import { readTarget, resolveTarget, shownUrl, withQuery } from '../../src/callback/target.ts';

const urls = [
  'https://user:p%40ss@example.com:8443/voice?a=b&c=d#ct=500&rc=2&rp=5xx,ct&sni=y&e=dublin',
  'http://127.0.0.1:80/',
  'HTTP://EXAMPLE.com',
  'https://[::1]:443/a b/\u00e9?\u00fc=\u{1f4a9}',
  'http://m\u00fcnchen.de/..%2f/./..//x?y?z',
  'http://0x7f.1/',
];
const words = ['@', ':80', ':0', ':65536', '#', '?', '/../', '[::1]', '\\', '%2F', ' ', '//'];

fuzz<string>('The URL of a webhook', {
  corpus: [
    '',
    'http://',
    'http:///a',
    'http://a:0/',
    'http://a@b@c/',
    'http://a\\@b/',
    'http://a b@c/',
    'http://\u2028/',
    'http://a/\ud800',
    'http://[::1',
    'http://a/#\n',
  ],
  make: (random) => mutateText(random, random.pick(urls), { words, others: urls, longest: 4000 }),
  check: (text, random) => {
    shownUrl(text);
    const read = readTarget(text);
    if (!read.ok && urlProblem(text) === undefined) throw new Error('It can be set and not used');
    const from = readTarget(random.pick(urls));
    if (from.ok) resolveTarget(from.target, text);
    if (!read.ok) {
      if (read.problem.length > text.length * 6 + 200) throw new Error('A long problem');
      return;
    }
    const { target, fragment } = read;
    // Nothing in a request line or header can begin another.
    for (const part of [target.path, target.host]) {
      if (!/^[\x21-\x7e]+$/.test(part)) throw new Error(`Unsendable ${JSON.stringify(part)}`);
    }
    if (!target.path.startsWith('/')) throw new Error(`Path ${target.path}`);
    if (!(target.port >= 0 && target.port <= 65_535)) throw new Error(`Port ${target.port}`);
    // What is connected to is what the URL standard reads out of it.
    const { hostname, port } = new URL(text.trim());
    deepStrictEqual(target.hostname, hostname.replace(/^\[|\]$/g, ''));
    deepStrictEqual(
      String(target.port),
      port === '' ? { http: '80', https: '443' }[target.scheme] : port,
    );
    const again = readTarget(target.href);
    if (!again.ok) throw new Error(`${target.href} is not read again: ${again.problem}`);
    deepStrictEqual(again.target, target);
    withQuery(target, 'a=b');
    const { connection, warnings } = readOverrides(fragment, defaultConnection);
    const { connectMs, readMs, totalMs, retries } = connection;
    for (const ms of [connectMs, readMs, totalMs]) {
      if (!(ms >= 100 && ms <= 15_000)) throw new Error(`${ms} ms`);
    }
    if (!(retries >= 0 && retries <= 5)) throw new Error(`${retries} retries`);
    if (warnings.length > fragment.length) throw new Error('More warnings than characters');
    deepStrictEqual(Object.keys(connection).sort(), Object.keys(defaultConnection).sort());
  },
});

fuzz<string>('A signature', {
  corpus: ['', 'http://a', 'http://a?b#c', 'https://a:443/b', 'http://\u00e9/'],
  make: (random) =>
    `https://example.com/${mutateText(random, 'voice?a=b&c=d', { words: ['%41', '?', '&'], longest: 500 })}`,
  check: (text, random) => {
    const list = (): string => mutateText(random, 'value', { longest: 300 });
    const parameters = Object.fromEntries(
      random.list(4, () => [
        mutateText(random, 'Name', { longest: 100 }),
        random.oneIn(4) ? random.list(3, list) : list(),
      ]),
    );
    const sent: Record<string, string | string[]> = {};
    for (const [name, value] of new URLSearchParams(encodeForm(parameters))) {
      // A field of its own, whatever its name.
      const before = Object.hasOwn(sent, name) ? sent[name] : undefined;
      const values = before === undefined ? value : [before, value].flat();
      Object.defineProperty(sent, name, {
        value: values,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    const signature = signForm(text, sent, 'token');
    if (!/^[A-Za-z0-9+/]{27}=$/.test(signature)) throw new Error(signature);
    // What the official library makes of the form as received.
    const read = readTarget(text);
    if (
      read.ok &&
      !validateRequest('token', signForm(read.target.href, sent, 'token'), read.target.href, sent)
    ) {
      throw new Error(`Twilio's library refuses the signature of ${read.target.href}`);
    }
  },
});

function makeCookie(random: Random): string {
  const attributes = [
    '; Path=/a',
    '; path=',
    '; Domain=example.com',
    '; domain=.com',
    '; Secure',
    '; Max-Age=0',
    '; Max-Age=-1',
    '; HttpOnly',
    '; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
  ];
  return `${random.pick(['id', 'a b', '__proto__', ''])}=${random.pick(['1', '"a;b"', ''])}${random.list(4, () => random.pick(attributes)).join('')}`;
}

const targets = ['http://example.com/a/b', 'https://sub.example.com/', 'http://10.0.0.1/a'].flatMap(
  (text) => {
    const read = readTarget(text);
    return read.ok ? [read.target] : [];
  },
);

fuzz<string>('A cookie', {
  corpus: [
    '',
    '=',
    ';',
    'a',
    'a=b\r\nc: d',
    'a=\0',
    'a=\u00ff',
    'a=\u0100',
    `a=${'b'.repeat(5000)}`,
  ],
  make: (random) => mutateText(random, makeCookie(random), { words: ['; ', '=', ';Path=/'] }),
  check: (text, random) => {
    const jar = new CookieJar();
    const from = random.pick(targets);
    jar.store(from, [text, ...random.list(random.oneIn(30) ? 70 : 4, () => makeCookie(random))]);
    jar.store(from, [text]);
    for (const target of targets) {
      const header = jar.header(target);
      if (header === undefined) continue;
      if (!/^[\x20-\x7e\x80-\xff]+$/.test(header)) throw new Error(JSON.stringify(header));
      if (header.split('; ').length > 50 || header.length > 50 * 4098) throw new Error('Too many');
      const isStranger =
        from.hostname.endsWith('example.com') !== target.hostname.endsWith('example.com');
      if (isStranger) throw new Error(`${from.hostname}'s cookie goes to ${target.hostname}`);
    }
  },
});

fuzz<string>('A Content-Type', {
  corpus: [
    '',
    ';',
    'text/xml; charset=',
    'text/xml; charset="utf-16"',
    'text/xml; charset=__proto__',
  ],
  make: (random) =>
    mutateText(random, 'text/xml; charset="iso-8859-1"; a=b', {
      words: ['; charset=', 'utf-7', '"'],
    }),
  check: (type, random) => {
    const body = Buffer.from(
      mutateText(random, '<?xml version="1.0" encoding="utf-16le"?>', { longest: 400 }),
    );
    const text = decodeText(body, type);
    if (text.length > body.length) throw new Error('More characters than bytes');
    // In lower case a few characters become two.
    if (mediaType(type).length > 2 * type.length + 8) throw new Error('A longer type');
  },
});

const exchanges = [
  '{"a":[{"Password":"hunter22hunter"},"token=abcdefgh&x=%7B%22pin%22%3A1%7D"],"b":"\\ud83d\\ude00"}',
  'GET /x?api_key=abcdefgh&u=https%3A%2F%2Fme%3Apassword%40a.example%2F HTTP/1.1\r\nCookie: sid=abcdef; b=c',
  '<Response><Sip password="a&amp;b&lt;cdef">sip:me:password@a</Sip><Secret><![CDATA[abcdef]]></Secret></Response>',
  'Authorization: Basic QUMxOnNlY3JldA==\nX-Twilio-Signature: abcdefgh=',
  'eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.abc',
];

fuzz<string>('Text with secrets in it', {
  corpus: [
    '',
    '%',
    '{"password":"\\ud800abcdef"}',
    '{"a":"\\ud800 token%3Da"}',
    '"token":',
    '\ud800=%',
  ],
  make: (random) =>
    mutateText(random, random.pick(exchanges), {
      words: ['password=', '"token":"', '\\ud800', '%3D', '%25', '=', '\\"', '://a:b@'],
      others: exchanges,
      longest: 150,
    }),
  check: (text, random) => {
    const redaction = new Redaction(['known-secret-of-ours']);
    const parts = [
      redaction.text(`${text} known-secret-of-ours`),
      redaction.value(random.pick(['Cookie', 'Authorization', 'Accept']), text),
      ...(random.oneIn(4) ? [redaction.form(text)] : []),
    ].map((part) => redaction.echoes(part));
    if (parts.some((part) => part.includes('known-secret'))) throw new Error('A secret is shown');
    if (parts.some((part) => part.length > 12 * text.length + 100)) throw new Error('A long text');
  },
});

staysLinear('What customers configure and answer', {
  before: [
    '',
    'http://',
    'http://a',
    'http://a/',
    'http://a:',
    'http://a/#',
    'a=b;',
    'a;charset',
    'ct=',
  ],
  after: ['', '#\n'],
  length: 16_000,
  pieces: [':1', '; a', ';charset', '@a', 'a=&', '%41', 'rp=ct,'],
  parse: (text) => {
    const read = readTarget(text);
    if (read.ok) readOverrides(read.fragment, defaultConnection);
    shownUrl(text);
    signForm(text, {}, 'token');
    new CookieJar().store(targets[0] ?? fail(), [text]);
    mediaType(text);
    decodeText(Buffer.from('a'), text);
  },
});

function fail(): never {
  throw new Error('No target');
}
