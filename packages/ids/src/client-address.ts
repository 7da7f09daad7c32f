import type { AddressResult } from './address-result.ts';

declare const clientBrand: unique symbol;

/** The address of a browser or app user: `client:` and an identity. */
export type ClientAddress = string & { readonly [clientBrand]: true };

export interface ParsedClientAddress {
  readonly address: ClientAddress;
  readonly identity: string;
  /** What follows `?` as `name=value`, for the called app: `client:ada?room=4`. */
  readonly parameters: Readonly<Record<string, string>>;
}

const SCHEME = 'client:';
// An identity of a Conversations user has at most 256 characters; the rest is for parameters.
const LONGEST_IDENTITY = 256;
const LONGEST_ADDRESS = 2048;

/** Tells whether a value is `client:` followed by an identity. */
export function isClientAddress(text: unknown): text is ClientAddress {
  return typeof text === 'string' && parseClientAddress(text).ok;
}

/** Reads `client:identity` with its parameters; an identity is any text without blanks around. */
export function parseClientAddress(text: string): AddressResult<ParsedClientAddress> {
  if (!text.startsWith(SCHEME)) return refuse('A client address begins with "client:".');
  if (text.length > LONGEST_ADDRESS) return refuse('The client address is too long.');
  const rest = text.slice(SCHEME.length);
  const question = rest.indexOf('?');
  const identity = question < 0 ? rest : rest.slice(0, question);
  if (identity.trim() === '') return refuse('The identity after "client:" is empty.');
  if (identity.length > LONGEST_IDENTITY) {
    return refuse(`The identity after "client:" is longer than ${LONGEST_IDENTITY} characters.`);
  }
  if (/^\s|\s$/.test(identity) || /\p{Cc}/u.test(rest)) {
    return refuse('What follows "client:" has blanks around it or control characters.');
  }
  const query = new URLSearchParams(question < 0 ? '' : rest.slice(question + 1));
  const value = { address: text as ClientAddress, identity, parameters: Object.fromEntries(query) };
  return { ok: true, value };
}

function refuse(message: string): { readonly ok: false; readonly error: { message: string } } {
  return { ok: false, error: { message } };
}
