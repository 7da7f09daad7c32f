import { deepStrictEqual } from 'node:assert';
import type { IncomingMessage } from 'node:http';
import { fuzz, staysLinear } from '../../../../tests/_fuzz/fuzz.ts';
import { mutateText } from '../../../../tests/_fuzz/mutate.ts';
import { arrivalOf, routeTarget } from '../../src/http/arrival.ts';
import { readBasic } from '../../src/http/auth.ts';

const accountSid = 'AC0123456789abcdef0123456789abcdef';
const pairs = [`${accountSid}:secret`, 'SK1:a:b', ':', 'me', '\u00fc:\u{1f4a9}', '\0:\r\n'];

function basic(pair: string): string {
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

fuzz<string>('HTTP Basic credentials', {
  corpus: ['', 'Basic', 'Basic ', 'Basic =', 'Basic ====', 'Bearer a', 'Basic a b', 'basic  Og=='],
  make: (random) =>
    random.oneIn(2)
      ? basic(mutateText(random, random.pick(pairs), { words: pairs, longest: 500 }))
      : mutateText(random, basic(random.pick(pairs)), { words: ['Basic ', '=', '-_'] }),
  check: (header) => {
    const read = readBasic(header);
    if (read === undefined) return;
    const { username, password } = read;
    if (username.includes(':')) throw new Error(`The name ${username}`);
    if (username.length + password.length > header.length) throw new Error('Out of nothing');
    deepStrictEqual(readBasic(basic(`${username}:${password}`)), read);
  },
});

const urls = [
  `/2010-04-01/Accounts/${accountSid}/Calls.json?PageSize=1&a=.json`,
  '/conversations/v1/Conversations/CH0123456789abcdef0123456789abcdef',
  '/v1/Services/IS1/Media/ME1?x=/v1/',
  '/v1/Alerts',
  '/api/2010-04-01/x.json/.json',
  'http://example.com/v1/Conversations',
  '*',
];
const hosts = [
  '127.0.0.1:8080',
  'conversations.twilio.com',
  'api.dublin.ie1.twilio.com:443',
  '[::1]:1',
  '',
];
const products = ['accounts', 'api', 'conversations', 'mcs', 'monitor'];

fuzz<string>('The target and host of a request', {
  corpus: ['', ' ', '/ api.twilio.com', '// x', '/api api', '/api/ api.twilio.com', '?.json x'],
  make: (random) =>
    mutateText(random, `${random.pick(urls)} ${random.pick(hosts)}`, {
      words: ['.json', '/api', '/v1/', '?', '.twilio.com', '//', '/monitor/'],
      others: urls,
    }),
  check: (text) => {
    const [url = '', host] = text.split(' ');
    const headers = host === undefined ? {} : { host };
    const request = { url, headers, socket: {} } as unknown as IncomingMessage;
    const target = routeTarget(request);
    const arrival = arrivalOf(request);
    if (target.length > url.length + '/conversations'.length) throw new Error('A long target');
    // What is routed is what was sent, but for the product before it and `.json` behind its path.
    if (!url.startsWith('/')) return;
    const product = /^\/([a-z]+)(?=\/)/.exec(target)?.[1];
    if (target !== url) {
      if (product === undefined || !products.includes(product)) throw new Error(target);
      const path = target.slice(product.length + 1);
      const [sent = '', ...query] = arrival.target.split('?');
      const isJson = product === 'api' && sent.endsWith('.json');
      const cut = isJson ? sent.slice(0, -'.json'.length) : sent;
      deepStrictEqual(path, [cut, ...query].join('?'));
    }
    if (!url.endsWith(arrival.target)) throw new Error(`Target ${arrival.target}`);
    if (!/^https?:\/\//.test(arrival.base)) throw new Error(`Base ${arrival.base}`);
    // A name under twilio.com is never where our own pages are.
    if (arrival.base.startsWith('https:') && arrival.home.includes(host ?? '-'))
      throw new Error('Home');
  },
});

staysLinear('Where a request goes and who asks', {
  before: ['', 'Basic ', '/', '/v1/Services/', '/2010-04-01/', 'a.'],
  after: ['', '!', '.twilio.com', '.json'],
  length: 16_000,
  pieces: ['a.', '/a', '.json', '?', ' '],
  parse: (text) => {
    readBasic(text);
    for (const [url, host] of [
      [text, 'localhost'],
      ['/', text],
    ]) {
      routeTarget({ url, headers: { host }, socket: {} } as unknown as IncomingMessage);
    }
  },
});
