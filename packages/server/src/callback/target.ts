import { MASK, redactText } from '../base/redact.ts';
import { parseUrl } from '../base/parse-url.ts';
import { hasControls } from '../base/url-problem.ts';

/** Where one request goes, split so that what is sent and what is signed are the same characters. */
export interface Target {
  /** The whole URL as sent and signed: userinfo kept, fragment and default port left out. */
  readonly href: string;
  readonly scheme: 'http' | 'https';
  /** The name or address to connect to, an IPv6 address without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** The `Host` header. */
  readonly host: string;
  /** Path and query as they stand in the request line. */
  readonly path: string;
  /** The `Authorization` header that the userinfo asks for. Twilio: usage/security#http-authentication */
  readonly authorization: string | undefined;
}

export type TargetResult =
  | { readonly ok: true; readonly target: Target; readonly fragment: string }
  | { readonly ok: false; readonly problem: string };

/** scheme `://` [userinfo `@`] host [`:` port] [path and query] [`#` fragment], RFC 3986 appendix B. */
const urlParts = /^(?:http|ws)s?:\/\/([^/?#]*)([^#]*)(?:#([^]*))?$/i;

/** Reads an absolute http(s) URL. Path and query keep their characters, as receivers see them signed. */
export function readTarget(url: string): TargetResult {
  const text = url.trim();
  const [, authority, rest = '', fragment = ''] = urlParts.exec(text) ?? [];
  if (authority === undefined || /^ws/i.test(text)) {
    return {
      ok: false,
      problem: 'It is not an absolute URL that starts with http:// or https://.',
    };
  }
  if (hasControls(text)) return { ok: false, problem: 'It has control characters in it.' };
  // A backslash ends the host for some parsers and not for others; without one, some take the path for it.
  const parsed = parseUrl(text);
  if (authority === '' || authority.includes('\\') || parsed === undefined) {
    const host = authority.slice(authority.lastIndexOf('@') + 1);
    return { ok: false, problem: `Its host or port ${JSON.stringify(host)} is not valid.` };
  }

  const scheme = parsed.protocol === 'https:' ? 'https' : 'http';
  const userinfo = authority.slice(0, authority.lastIndexOf('@') + 1);
  const host = writtenHost(authority.slice(userinfo.length), parsed);
  const path = escapeUnsendable(rest.startsWith('/') ? rest : `/${rest}`);
  const target: Target = {
    href: `${scheme}://${userinfo}${host}${path}`,
    scheme,
    hostname: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? (scheme === 'https' ? 443 : 80) : Number(parsed.port),
    host,
    path,
    authorization: basic(parsed),
  };
  return { ok: true, target, fragment };
}

/** Where a WebSocket goes. `href` as signed, with its own scheme; the rest as for the request that opens it. */
export interface SocketTarget extends Omit<Target, 'scheme'> {
  readonly scheme: 'ws' | 'wss';
}

export type SocketTargetResult =
  | { readonly ok: true; readonly target: SocketTarget }
  | { readonly ok: false; readonly isScheme: boolean; readonly problem: string };

/** Reads an absolute ws(s) URL, as `readTarget` reads others; `isScheme` when it is a URL for something else. */
export function readSocketTarget(url: string): SocketTargetResult {
  const text = url.trim();
  if (!/^wss?:\/\//i.test(text)) {
    const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text) ?? [];
    const problem =
      scheme === undefined
        ? 'It is not an absolute URL that starts with wss://.'
        : `It starts with ${scheme}://; a WebSocket is reached at wss://.`;
    return { ok: false, isScheme: scheme !== undefined, problem };
  }
  const read = readTarget(`http${text.slice(2)}`);
  if (!read.ok) return { ok: false, isScheme: false, problem: read.problem };
  const { target } = read;
  const scheme = target.scheme === 'https' ? 'wss' : 'ws';
  return {
    ok: true,
    target: { ...target, scheme, href: `ws${target.href.slice('http'.length)}` },
  };
}

/** `target` with `form` behind its query. */
export function withQuery(target: Target, form: string): Target {
  if (form === '') return target;
  const joint = target.path.includes('?') ? (/[?&]$/.test(target.path) ? '' : '&') : '?';
  const more = joint + form;
  return { ...target, path: target.path + more, href: target.href + more };
}

/**
 * Where `location` leads from `from`. Credentials stay on their own origin, where a relative location and
 * the same one in full must behave alike, and go nowhere else.
 */
export function resolveTarget(from: Target, location: string): TargetResult {
  const base = new URL(from.href);
  const next = parseUrl(location, from.href);
  if (next === undefined) {
    return { ok: false, problem: `${JSON.stringify(location)} is not a URL.` };
  }
  if (next.origin === base.origin && next.username === '' && next.password === '') {
    next.username = base.username;
    next.password = base.password;
  }
  return readTarget(next.href);
}

/** `url` for alerts, lists of deliveries and people: no secrets, no fragment. */
export function shownUrl(url: string): string {
  return redactText(withoutPassword(url));
}

/** `url` for third parties that are to recognise it: no password, no fragment. */
export function withoutPassword(url: string): string {
  const [, authority, rest] = urlParts.exec(url.trim()) ?? [];
  if (authority === undefined || rest === undefined) return url;
  const scheme = url.trim().slice(0, url.trim().indexOf(':'));
  const at = authority.lastIndexOf('@');
  if (at === -1) return `${scheme}://${authority}${rest}`;
  const [user = '', ...password] = authority.slice(0, at).split(':');
  // A name without a password is often a key.
  const shown = password.join('') === '' ? MASK : `${user}:${MASK}`;
  return `${scheme}://${shown}${authority.slice(at)}${rest}`;
}

/** The host as configured where that names the same machine, else as the URL standard writes it. */
function writtenHost(hostAndPort: string, parsed: URL): string {
  const written = hostAndPort.replace(/:\d*$/, '');
  // Letters outside ASCII may become ASCII in lower case: the Kelvin sign is one.
  const isSame = /^[\x21-\x7e]+$/.test(written) && written.toLowerCase() === parsed.hostname;
  const host = isSame ? written : parsed.hostname;
  return parsed.port === '' ? host : `${host}:${parsed.port}`;
}

function basic(parsed: URL): string | undefined {
  if (parsed.username === '' && parsed.password === '') return undefined;
  const pair = `${decode(parsed.username)}:${decode(parsed.password)}`;
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray % is meant literally.
    return text;
  }
}

/** Percent-encodes what cannot stand in a request line: spaces and everything outside ASCII. */
function escapeUnsendable(path: string): string {
  return path.replaceAll(/[^\x21-\x7e]+/g, (run) =>
    Buffer.from(run, 'utf8')
      .toString('hex')
      .toUpperCase()
      .replaceAll(/../g, (byte) => `%${byte}`),
  );
}
