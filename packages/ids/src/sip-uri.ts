import type { AddressResult } from './address-result.ts';

declare const sipBrand: unique symbol;

/** A `sip:` or `sips:` URI. */
export type SipUri = string & { readonly [sipBrand]: true };

/** The parts of a SIP URI. Source: RFC 3261 §19.1.1. */
export interface ParsedSipUri {
  readonly uri: SipUri;
  /** Without its escapes. Absent in a URI that names only a host. */
  readonly user?: string;
  /** In lower case; an IPv6 address keeps its brackets. */
  readonly host: string;
  readonly port?: number;
  /** Names in lower case; a parameter without a value (`lr`) has `''`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What follows `?`, with which Twilio passes `X-` headers to the called endpoint. */
  readonly headers: Readonly<Record<string, string>>;
  /** True for the scheme `sips:`. */
  readonly secure: boolean;
}

const LONGEST_URI = 2048;

// hostname / IPv4address / "[" IPv6address "]"; the "_" is for container names.
const host = /^(?:[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?|\[[0-9a-f:.]{2,45}\])$/;
// userinfo characters: unreserved / escaped / user-unreserved, and ":" before a password.
const userInfo = /^(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/:#]|%[0-9A-Fa-f]{2})+$/;

/** Tells whether a value is a SIP URI. */
export function isSipUri(text: unknown): text is SipUri {
  return typeof text === 'string' && parseSipUri(text).ok;
}

/** Reads a SIP URI: `sip:ada@example.com:5060;transport=tls?X-Order=17`. */
export function parseSipUri(text: string): AddressResult<ParsedSipUri> {
  if (text.length > LONGEST_URI) return refuse('The SIP URI is too long.');
  if (/[\s\p{Cc}]/u.test(text)) return refuse('The SIP URI has blanks or control characters.');
  const scheme = /^sips?:/i.exec(text)?.[0];
  if (scheme === undefined) return refuse('A SIP URI begins with "sip:" or "sips:".');

  // A user may contain ";" and "?", so the last "@" before any header value decides.
  const rest = text.slice(scheme.length);
  const at = rest.lastIndexOf('@', endOfUser(rest));
  const userPart = at < 0 ? undefined : rest.slice(0, at);
  if (userPart !== undefined && !userInfo.test(userPart)) {
    return refuse('The user of the SIP URI is empty or has characters that must be escaped.');
  }
  const [beforeHeaders, query] = cut(rest.slice(at + 1), '?');
  const [hostPort, ...parameters] = beforeHeaders.split(';');
  const parsedHost = parseHostPort(hostPort ?? '');
  if (parsedHost === undefined) return refuse('The host of the SIP URI is missing or malformed.');

  const user = userPart === undefined ? undefined : unescape(cut(userPart, ':')[0]);
  const value: ParsedSipUri = {
    uri: text as SipUri,
    ...(user === undefined ? {} : { user }),
    ...parsedHost,
    parameters: pairs(parameters, (name) => name.toLowerCase()),
    headers: pairs((query ?? '').split('&'), (name) => name),
    secure: scheme.toLowerCase() === 'sips:',
  };
  return { ok: true, value };
}

/** Where the part that may hold the user ends: at a `?` that comes after the first `@`. */
function endOfUser(rest: string): number {
  const firstAt = rest.indexOf('@');
  const headers = rest.indexOf('?', Math.max(firstAt, 0));
  return headers < 0 ? rest.length : headers;
}

function parseHostPort(text: string): { host: string; port?: number } | undefined {
  const lower = text.toLowerCase();
  const colon = lower.startsWith('[') ? lower.indexOf(':', lower.indexOf(']')) : lower.indexOf(':');
  const name = colon < 0 ? lower : lower.slice(0, colon);
  const labels = name.startsWith('[') ? [name] : name.replace(/\.$/, '').split('.');
  if (!labels.every((part) => host.test(part))) return undefined;
  if (colon < 0) return { host: name };
  const digits = lower.slice(colon + 1);
  const port = Number(digits);
  if (!/^[0-9]{1,5}$/.test(digits) || port < 1 || port > 65_535) return undefined;
  return { host: name, port };
}

function pairs(
  texts: readonly string[],
  nameOf: (name: string) => string,
): Readonly<Record<string, string>> {
  const entries = texts
    .filter((text) => text !== '')
    .map((text): [string, string] => {
      const [name, value] = cut(text, '=');
      return [nameOf(unescape(name)), unescape(value ?? '')];
    });
  return Object.fromEntries(entries);
}

function cut(text: string, separator: string): [string, string | undefined] {
  const index = text.indexOf(separator);
  return index < 0
    ? [text, undefined]
    : [text.slice(0, index), text.slice(index + separator.length)];
}

function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Escapes that are not UTF-8: the text as written is still the best name for it.
    return text;
  }
}

function refuse(message: string): { readonly ok: false; readonly error: { message: string } } {
  return { ok: false, error: { message } };
}
