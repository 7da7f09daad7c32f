import { parse, stringify } from 'node:querystring';
import { parseJson } from '../parse-json.ts';
import { parseUrl } from '../parse-url.ts';
import type { ReceivedRequest } from './received-request.ts';
import { bodyKind, headerOf } from './received-request.ts';
import type { NamedSecret, Pair, Signed, UrlParts } from './signing.ts';
import { bodyHash, defaultPortOf, takeApart } from './signing.ts';

/** In what a received request can differ from the one that was signed. */
export type SignatureCause =
  | 'token'
  | 'scheme'
  | 'port'
  | 'host'
  | 'request-line'
  | 'path-prefix'
  | 'trailing-slash'
  | 'percent-encoding'
  | 'query-order'
  | 'query-added'
  | 'userinfo'
  | 'fragment'
  | 'body-hash-dropped'
  | 'json-as-form'
  | 'body-reencoded'
  | 'body-changed'
  | 'form-not-signed';

/** One way in which what was signed may differ from what was received. */
export interface Difference {
  readonly cause: SignatureCause;
  /** What of it was received, and what was signed; for people. */
  readonly received: string;
  readonly signed: string;
  apply(from: Signed): Signed;
}

/** Ports that programs listen on behind a proxy or tunnel. */
const usualPorts = ['80', '443', '3000', '3001', '4000', '5000', '8000', '8080', '8443', '8888'];

/** What may differ, by part: of one part at most one difference holds. The likelier parts come first. */
export function possibleDifferences(
  request: ReceivedRequest,
  from: Signed,
  tokens: readonly NamedSecret[],
): readonly (readonly Difference[])[] {
  return [
    schemes(from),
    ports(request, from),
    tokens
      .filter(({ value }) => value !== from.token.value)
      .map((token) => difference('token', from.token.name, token.name, () => ({ token }))),
    hosts(request, from),
    [...requestLine(request, from), ...slashes(from), ...prefixes(request, from)],
    bodies(request, from),
    queries(from),
    encodings(from),
    userinfos(request, from),
    from.fragment === ''
      ? []
      : [difference('fragment', from.fragment, '', () => ({ fragment: '' }))],
  ];
}

function difference(
  cause: SignatureCause,
  received: string,
  signed: string,
  change: (from: Signed) => Partial<Signed>,
): Difference {
  return { cause, received, signed, apply: (from) => ({ ...from, ...change(from) }) };
}

function schemes({ scheme }: UrlParts): Difference[] {
  const others: Readonly<Record<string, readonly string[]>> = {
    'http://': ['https://'],
    'https://': ['http://'],
    'ws://': ['wss://', 'https://'],
    'wss://': ['ws://', 'https://'],
  };
  return (others[scheme.toLowerCase()] ?? []).map((other) =>
    difference('scheme', scheme, other, () => ({ scheme: other })),
  );
}

function ports(request: ReceivedRequest, { port, scheme }: UrlParts): Difference[] {
  const told = [
    headerOf(request, 'x-forwarded-port'),
    ...[headerOf(request, 'host'), headerOf(request, 'x-forwarded-host')].map(
      (host) => /:(\d+)$/.exec(host ?? '')?.[1],
    ),
  ].flatMap((each) => (each === undefined ? [] : [`:${each}`]));
  const candidates = ['', defaultPortOf(scheme), ...told, ...usualPorts.map((each) => `:${each}`)];
  return [...new Set(candidates)]
    .filter((each) => each !== port)
    .map((each) => difference('port', port, each, () => ({ port: each })));
}

/** The hosts that the request itself names, apart from the URL's. */
function hosts(request: ReceivedRequest, { host }: UrlParts): Difference[] {
  const forwarded = /host="?([^";,]+)/i.exec(headerOf(request, 'forwarded') ?? '')?.[1];
  const named = [
    ...['x-forwarded-host', 'x-original-host', 'host', 'x-forwarded-server'].map((name) =>
      headerOf(request, name)?.split(',')[0]?.trim(),
    ),
    forwarded,
  ].flatMap((each) => (each ? [each.replace(/:\d+$/, '')] : []));
  const candidates = new Set([...named, host.toLowerCase()]);
  return [...candidates]
    .filter((each) => each !== host)
    .map((each) => difference('host', host, each, () => ({ host: each })));
}

function requestLine({ target }: ReceivedRequest, { path, query }: UrlParts): Difference[] {
  if (target === undefined || target === path + query) return [];
  const apart = takeApart(`http://host${target}`);
  if (apart === undefined) return [];
  return [
    difference('request-line', path + query, target, () => ({
      path: apart.path,
      query: apart.query,
    })),
  ];
}

function slashes({ path }: UrlParts): Difference[] {
  const other = path.endsWith('/') ? path.slice(0, -1) : `${path}/`;
  return [difference('trailing-slash', path, other, () => ({ path: other }))];
}

function prefixes(request: ReceivedRequest, { path }: UrlParts): Difference[] {
  const prefix = headerOf(request, 'x-forwarded-prefix')?.replace(/\/$/, '');
  if (!prefix) return [];
  return [difference('path-prefix', path, prefix + path, () => ({ path: prefix + path }))];
}

function queries({ query }: UrlParts): Difference[] {
  const pairs = query.slice(1).split('&');
  if (query.length < 2) return [];
  const joined = (some: readonly string[]): string => (some.length > 0 ? `?${some.join('&')}` : '');
  const added = [
    ...pairs.map((_, index) => joined(pairs.filter((_each, at) => at !== index))),
    ...(pairs.length > 1 ? [''] : []),
  ].map((other) => difference('query-added', query, other, () => ({ query: other })));
  if (pairs.length < 2) return added;
  const orders = pairs.length > 5 ? [pairs.toSorted(), pairs.toReversed()] : permutations(pairs);
  const reordered = [...new Set(orders.map(joined))]
    .filter((other) => other !== query)
    .map((other) => difference('query-order', query, other, () => ({ query: other })));
  return [...reordered, ...added];
}

function permutations(items: readonly string[]): string[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.filter((_, at) => at !== index)).map((rest) => [item, ...rest]),
  );
}

/** The same path and query with characters escaped in other ways. */
function encodings({ path, query }: UrlParts): Difference[] {
  const ways: readonly ((text: string) => string)[] = [
    (text) => text.replaceAll("'", '%27'),
    (text) => text.replaceAll('%27', "'"),
    (text) => text.replaceAll('%20', '+'),
    (text) => text.replaceAll('+', '%20'),
    (text) => text.replaceAll('+', '%2B'),
    (text) => text.replaceAll(/%2b/gi, '+'),
    (text) => text.replaceAll(/%[0-9a-f]{2}/gi, (escape) => escape.toUpperCase()),
    (text) => text.replaceAll(/%[0-9a-f]{2}/gi, (escape) => escape.toLowerCase()),
    decoded,
    normalised,
    (text) => legacyQuery(normalised(text)),
    encodeURI,
  ];
  const text = path + query;
  const others = new Set(ways.map((way) => attempt(way, text)));
  return [...others].flatMap((other) => {
    const apart = other === text ? undefined : takeApart(`http://host${other}`);
    if (apart === undefined) return [];
    // Of a difference in another part too, what this one concerns is written anew.
    return [
      difference('percent-encoding', text, other, (from) => {
        const way = ways.find((each) => attempt(each, text) === other);
        if (way === undefined) return {};
        const changed = takeApart(`http://host${attempt(way, from.path + from.query)}`);
        return changed === undefined ? {} : { path: changed.path, query: changed.query };
      }),
    ];
  });
}

function attempt(way: (text: string) => string, text: string): string {
  try {
    return way(text);
  } catch {
    // An escape that is none: this way does not apply.
    return text;
  }
}

const decoded = (text: string): string => decodeURIComponent(text);

function normalised(text: string): string {
  const url = parseUrl(`http://host${text}`);
  return url === undefined ? text : url.pathname + url.search;
}

function legacyQuery(text: string): string {
  const start = text.indexOf('?');
  return start === -1 ? text : `${text.slice(0, start)}?${stringify(parse(text.slice(start + 1)))}`;
}

function userinfos(request: ReceivedRequest, { userinfo }: UrlParts): Difference[] {
  const basic = /^Basic (\S+)$/i.exec(headerOf(request, 'authorization') ?? '')?.[1];
  const sent = basic === undefined ? [] : [`${Buffer.from(basic, 'base64').toString('utf8')}@`];
  return ['', ...sent]
    .filter((each) => each !== userinfo)
    .map((each) =>
      difference('userinfo', masked(userinfo), masked(each), () => ({ userinfo: each })),
    );
}

const masked = (userinfo: string): string => userinfo.replace(/:[^@]*@$/, ':***@');

/** What of the body may have been changed, or taken for something else. */
function bodies(request: ReceivedRequest, from: Signed): Difference[] {
  const { body = '' } = request;
  const kind = bodyKind(request);
  if (kind === 'none') return [];
  const isJson = kind === 'json' || parseJson(body) !== undefined;
  if (isJson) {
    const noForm = difference('json-as-form', 'form', 'JSON', () => ({ form: [] }));
    if (from.query.includes('bodySHA256')) return [noForm];
    return [
      noForm,
      ...bodiesAsSent(body).map((sent) =>
        difference('body-hash-dropped', '', 'bodySHA256', ({ query }) => ({
          form: [],
          query: `${query === '' ? '?' : `${query}&`}bodySHA256=${bodyHash(sent)}`,
        })),
      ),
    ];
  }
  const ways: readonly ((value: string) => string)[] = [
    (value) => value.replaceAll(' ', '+'),
    (value) => decodeURIComponent(value),
    (value) => value.replaceAll(/\r?\n/g, '\r\n'),
    (value) => value.replaceAll('\r\n', '\n'),
    (value) => Buffer.from(value, 'latin1').toString('utf8'),
    (value) => Buffer.from(value, 'utf8').toString('latin1'),
  ];
  const changed = ways.flatMap((way) => {
    const form = from.form.map(([name, value]): Pair => [name, attempt(way, value)]);
    const at = form.findIndex(([, value], index) => value !== from.form[index]?.[1]);
    if (at === -1) return [];
    const shown = (pair: Pair | undefined): string => (pair ? JSON.stringify(pair.join('=')) : '');
    return [difference('body-reencoded', shown(from.form[at]), shown(form[at]), () => ({ form }))];
  });
  return [...changed, difference('form-not-signed', 'form', '', () => ({ form: [] }))];
}

/** A body of JSON as it may have been before a program read and wrote it again. */
export function bodiesAsSent(body: string): string[] {
  const parsed = parseJson(body);
  const written =
    parsed === undefined ? [] : [JSON.stringify(parsed), JSON.stringify(parsed, null, 2)];
  return [...new Set([body, body.trim(), `${body}\n`, ...written])];
}
