import { fail, ok, type Result } from '../result.ts';
import { formatParams, NO_PARAMS, type Params, parseParams } from './params.ts';

/** A SIP, SIPS, tel or other URI: RFC 3261 §19.1. */
export interface SipUri {
  /** Lower case: `sip`, `sips`, `tel`, or any other scheme, whose rest is then all in `user`. */
  readonly scheme: string;
  /** Percent-decoded for sip and sips; `+15551234567` for `tel:+15551234567`. */
  readonly user?: string;
  readonly password?: string;
  /** Lower case, IPv6 in brackets; `''` for schemes that have none. */
  readonly host: string;
  readonly port?: number;
  readonly params: Params;
  /** The part after `?`, as written. */
  readonly headers?: string;
}

export interface UriError {
  readonly code: 'uri';
  readonly message: string;
}

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*$/;
const HOST = /^(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_.])?|\[[0-9A-Fa-f:.]+\])$/;
// Wider than the grammar, because phones send `#` and UTF-8 bare; never a delimiter or a blank.
// oxlint-disable-next-line no-control-regex -- control characters are what it refuses.
const USERINFO = /^[^\s<>"@\x00-\x1f\x7f]+$/;
// oxlint-disable-next-line no-control-regex -- as above.
const OPAQUE = /^[^\s<>"\x00-\x1f\x7f]+$/;

/** Reads a URI; never throws. */
export function parseSipUri(text: string): Result<SipUri, UriError> {
  const colon = text.indexOf(':');
  const scheme = text.slice(0, colon).toLowerCase();
  if (colon < 1 || !SCHEME.test(scheme)) return bad('no scheme', text);
  const rest = text.slice(colon + 1);
  if (scheme !== 'sip' && scheme !== 'sips') return parseOpaque(scheme, rest);

  const at = rest.indexOf('@');
  const parts: { user?: string; password?: string; port?: number; headers?: string } = {};
  if (at !== -1) {
    const info = rest.slice(0, at);
    if (!USERINFO.test(info)) return bad('user', text);
    const split = info.indexOf(':');
    const user = unescape(split === -1 ? info : info.slice(0, split));
    if (user === undefined || user === '') return bad('user', text);
    parts.user = user;
    if (split !== -1) {
      const password = unescape(info.slice(split + 1));
      if (password === undefined) return bad('password', text);
      parts.password = password;
    }
  }

  let hostport = rest.slice(at + 1);
  const question = hostport.indexOf('?');
  if (question !== -1) {
    parts.headers = hostport.slice(question + 1);
    if (!OPAQUE.test(parts.headers)) return bad('headers', text);
    hostport = hostport.slice(0, question);
  }
  const semicolon = hostport.indexOf(';');
  const params = semicolon === -1 ? NO_PARAMS : parseParams(hostport.slice(semicolon + 1));
  if (params === undefined) return bad('parameters', text);
  if (semicolon !== -1) hostport = hostport.slice(0, semicolon);

  const address = parseHostPort(hostport);
  if (address === undefined) return bad('host', text);
  return ok({ scheme, ...parts, ...address, params });
}

function parseOpaque(scheme: string, rest: string): Result<SipUri, UriError> {
  const semicolon = scheme === 'tel' ? rest.indexOf(';') : -1;
  const user = semicolon === -1 ? rest : rest.slice(0, semicolon);
  if (!OPAQUE.test(user)) return bad('content', `${scheme}:${rest}`);
  const params = semicolon === -1 ? NO_PARAMS : parseParams(rest.slice(semicolon + 1));
  if (params === undefined) return bad('parameters', `${scheme}:${rest}`);
  return ok({ scheme, user, host: '', params });
}

/** Reads `host`, `host:port`, `[v6]:port`; `undefined` when it is none of these. */
export function parseHostPort(
  text: string,
): { readonly host: string; readonly port?: number } | undefined {
  const colon = text.startsWith('[') ? text.indexOf(':', text.indexOf(']')) : text.indexOf(':');
  const host = (colon === -1 ? text : text.slice(0, colon)).trimEnd();
  if (!HOST.test(host)) return undefined;
  if (colon === -1) return { host: host.toLowerCase() };
  const digits = text.slice(colon + 1).trimStart();
  if (!/^\d{1,5}$/.test(digits) || Number(digits) > 65_535) return undefined;
  return { host: host.toLowerCase(), port: Number(digits) };
}

/** Writes a URI. @throws TypeError when a part cannot be written without changing its meaning. */
export function formatSipUri(uri: SipUri): string {
  if (!SCHEME.test(uri.scheme)) throw new TypeError(`Not a URI scheme: ${uri.scheme}`);
  const params = formatParams(uri.params);
  if (uri.scheme !== 'sip' && uri.scheme !== 'sips') {
    const user = uri.user ?? '';
    if (!OPAQUE.test(user)) throw new TypeError(`Not a ${uri.scheme} URI: ${JSON.stringify(user)}`);
    return `${uri.scheme}:${user}${params}`;
  }
  if (!HOST.test(uri.host)) throw new TypeError(`Not a host: ${JSON.stringify(uri.host)}`);
  if (uri.headers !== undefined && !OPAQUE.test(uri.headers)) {
    throw new TypeError(`Not URI headers: ${JSON.stringify(uri.headers)}`);
  }
  let text = `${uri.scheme}:`;
  if (uri.user !== undefined) {
    text += escapeUser(uri.user);
    if (uri.password !== undefined) text += `:${escapePassword(uri.password)}`;
    text += '@';
  }
  text += uri.host;
  if (uri.port !== undefined) text += `:${uri.port}`;
  return `${text}${params}${uri.headers === undefined ? '' : `?${uri.headers}`}`;
}

// user = 1*( unreserved / escaped / user-unreserved ): RFC 3261 §25.1.
function escapeUser(user: string): string {
  return escapeAll(user).replace(/%(?:26|3D|2B|24|2C|3B|3F|2F)/g, decodeURIComponent);
}

function escapePassword(password: string): string {
  return escapeAll(password).replace(/%(?:26|3D|2B|24|2C)/g, decodeURIComponent);
}

function escapeAll(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch (cause) {
    throw new TypeError('A lone surrogate cannot be written in a URI', { cause });
  }
}

function unescape(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function bad(what: string, text: string): { readonly ok: false; readonly error: UriError } {
  return fail({ code: 'uri', message: `Malformed URI (${what}): ${text.slice(0, 120)}` });
}
