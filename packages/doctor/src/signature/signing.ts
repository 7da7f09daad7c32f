import { createHash, createHmac } from 'node:crypto';

/** A secret of the user's, and what it is called: the variable or flag that it came from. */
export interface NamedSecret {
  readonly name: string;
  readonly value: string;
}

/** A name and value of a form; a name may come several times. */
export type Pair = readonly [name: string, value: string];

/** What a signature may be made over, taken apart; together the parts are the text as it was. */
export interface Signed {
  /** With `://`. */
  readonly scheme: string;
  /** With `@`, or empty. */
  readonly userinfo: string;
  readonly host: string;
  /** With `:`, or empty. */
  readonly port: string;
  readonly path: string;
  /** With `?`, or empty. */
  readonly query: string;
  /** With `#`, or empty. */
  readonly fragment: string;
  readonly form: readonly Pair[];
  readonly token: NamedSecret;
}

export type UrlParts = Omit<Signed, 'form' | 'token'>;

// scheme "://" [userinfo "@"] host [":" port] [path] ["?" query] ["#" fragment]; host may be [IPv6].
const parts =
  /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*@)?(\[[^\]]*\]|[^/?#:]*)(:\d*)?([^?#]*)(\?[^#]*)?(#.*)?$/is;

/** Takes a URL apart without changing a character of it, as it is signed. Undefined for what is none. */
export function takeApart(url: string): UrlParts | undefined {
  const match = parts.exec(url);
  if (match === null) return undefined;
  const [, scheme = '', userinfo = '', host = '', port = ''] = match;
  const [path = '', query = '', fragment = ''] = match.slice(5);
  return { scheme, userinfo, host, port, path, query, fragment };
}

export const urlOf = (url: UrlParts): string =>
  url.scheme + url.userinfo + url.host + url.port + url.path + url.query + url.fragment;

/**
 * The value of `X-Twilio-Signature`: Base64 of HMAC-SHA1, keyed with the auth token, over the URL and
 * the form's names and values. Twilio: usage/security#validating-requests
 */
export function signatureOf(url: string, form: readonly Pair[], authToken: string): string {
  return createHmac('sha1', authToken)
    .update(url + textOfForm(form), 'utf8')
    .digest('base64');
}

/** One form is signed with many URLs when a cause is looked for. */
const texts = new WeakMap<readonly Pair[], string>();

function textOfForm(form: readonly Pair[]): string {
  const known = texts.get(form);
  if (known !== undefined) return known;
  // Repeated values count once, in sorted order, as the official validators read them.
  const valuesOf = new Map<string, Set<string>>();
  for (const [name, value] of form) {
    valuesOf.set(name, (valuesOf.get(name) ?? new Set()).add(value));
  }
  const text = [...valuesOf.keys()]
    .sort()
    .flatMap((name) => [...(valuesOf.get(name) ?? [])].sort().map((value) => name + value))
    .join('');
  texts.set(form, text);
  return text;
}

/** What `bodySHA256` of a URL must be for the body that comes with it. */
export const bodyHash = (body: string): string =>
  createHash('sha256').update(body, 'utf8').digest('hex');

export const defaultPortOf = (scheme: string): string =>
  /^(?:https|wss):/i.test(scheme) ? ':443' : ':80';
