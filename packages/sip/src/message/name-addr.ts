import { fail, ok, type Result } from '../result.ts';
import {
  formatParams,
  indexOutside,
  NO_PARAMS,
  type Params,
  parseParams,
  quote,
  splitOutside,
  unquote,
} from './params.ts';
import { formatSipUri, parseSipUri, type SipUri } from './uri.ts';

/** What From, To, Contact, Route and their kin hold: RFC 3261 §20.10. */
export interface NameAddr {
  /** Unquoted. */
  readonly displayName?: string;
  readonly uri: SipUri;
  /** Header parameters such as `tag` and `expires`, not those of the URI. */
  readonly params: Params;
}

export interface NameAddrError {
  readonly code: 'name-addr';
  readonly message: string;
}

/** Reads `"Name" <uri>;params`, `Name <uri>` or a bare URI; never throws. */
export function parseNameAddr(text: string): Result<NameAddr, NameAddrError> {
  const trimmed = text.trim();
  const open = openBracket(trimmed);
  if (open === -1) {
    // Without brackets every parameter belongs to the header: RFC 3261 §20.10.
    const semicolon = trimmed.indexOf(';');
    const uri = semicolon === -1 ? trimmed : trimmed.slice(0, semicolon);
    if (uri.includes('?') || uri.includes(',')) return bad(text);
    return assemble(
      text,
      undefined,
      uri.trimEnd(),
      semicolon === -1 ? '' : trimmed.slice(semicolon),
    );
  }
  const close = trimmed.indexOf('>', open);
  if (close === -1) return bad(text);
  const name = trimmed.slice(0, open).trim();
  return assemble(
    text,
    name,
    trimmed.slice(open + 1, close).trim(),
    trimmed.slice(close + 1).trim(),
  );
}

/** Reads a comma-separated list; one bad element refuses the whole. */
export function parseNameAddrList(
  values: readonly string[],
): Result<readonly NameAddr[], NameAddrError> {
  const list: NameAddr[] = [];
  for (const value of values) {
    for (const part of splitOutside(value, ',')) {
      const parsed = parseNameAddr(part);
      if (!parsed.ok) return parsed;
      list.push(parsed.value);
    }
  }
  return ok(list);
}

/** Writes the address, always in brackets. @throws TypeError for what cannot be written safely. */
export function formatNameAddr(address: NameAddr): string {
  const name = address.displayName === undefined ? '' : `${quote(address.displayName)} `;
  return `${name}<${formatSipUri(address.uri)}>${formatParams(address.params)}`;
}

/** The same address with one header parameter set. */
export function withParam(address: NameAddr, name: string, value: string): NameAddr {
  return { ...address, params: new Map([...address.params, [name, value]]) };
}

function openBracket(text: string): number {
  return text.includes('<') ? indexOutside(text, '<', 0) : -1;
}

function assemble(
  text: string,
  name: string | undefined,
  uriText: string,
  tail: string,
): Result<NameAddr, NameAddrError> {
  const uri = parseSipUri(uriText);
  if (!uri.ok || (tail !== '' && !tail.startsWith(';'))) return bad(text);
  const params = tail === '' ? NO_PARAMS : parseParams(tail.slice(1));
  if (params === undefined) return bad(text);
  if (name === undefined || name === '') return ok({ uri: uri.value, params });
  if (name.includes('"') && !/^"(?:[^"\\]|\\[\s\S])*"$/.test(name)) return bad(text);
  return ok({ displayName: unquote(name), uri: uri.value, params });
}

function bad(text: string): { readonly ok: false; readonly error: NameAddrError } {
  return fail({ code: 'name-addr', message: `Malformed address: ${text.slice(0, 120)}` });
}
