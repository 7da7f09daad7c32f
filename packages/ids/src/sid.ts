import { explainSid } from './explain-sid.ts';
import type { SidExplanation } from './explain-sid.ts';
import { isSidPrefix, sidKinds, withArticle } from './sid-kinds.ts';
import type { SidPrefix } from './sid-kinds.ts';

declare const sidBrand: unique symbol;

/**
 * A string identifier of 34 characters: the two letters of its kind and 32 hexadecimal digits.
 * `Sid<'CA'>` is a Call's; `Sid<'SM' | 'MM'>` is either kind of text message; `Sid` is any.
 */
export type Sid<P extends SidPrefix = SidPrefix> = string & { readonly [sidBrand]: P };

/** A well-formed SID of a kind that was not asked for. */
export interface WrongKindOfSid {
  readonly kind: 'wrong-kind';
  readonly given: SidPrefix;
  readonly expected: readonly SidPrefix[];
  readonly sentence: string;
}

/** Why `parseSid` refused a text; `sentence` tells the user. */
export type SidProblem = WrongKindOfSid | Exclude<SidExplanation, { readonly kind: 'sid' }>;

export type SidResult<P extends SidPrefix> =
  | { readonly ok: true; readonly value: Sid<P> }
  | { readonly ok: false; readonly error: SidProblem };

// ^(prefix)(32 HEXDIG)$ where Twilio's own patterns accept both cases of the digits.
const shape = /^[A-Z]{2}[0-9a-fA-F]{32}$/;

/**
 * Tells whether a value is a SID of one of the given kinds, or of any kind when none is given.
 * Only the shape counts: an all-zero SID, which `explainSid` calls a placeholder, passes.
 */
export function isSid<P extends SidPrefix>(text: unknown, ...prefixes: P[]): text is Sid<P> {
  if (typeof text !== 'string' || text.length !== 34 || !shape.test(text)) return false;
  const letters = text.slice(0, 2);
  return prefixes.length === 0
    ? isSidPrefix(letters)
    : (prefixes as readonly string[]).includes(letters);
}

/** Reads a SID of one of the given kinds, or of any kind when none is given, exactly as written. */
export function parseSid<P extends SidPrefix>(text: string, ...prefixes: P[]): SidResult<P> {
  if (isSid(text, ...prefixes)) return { ok: true, value: text };
  if (isSid(text)) {
    const given = text.slice(0, 2) as SidPrefix;
    return { ok: false, error: wrongKind(given, prefixes) };
  }
  const error = explainSid(text);
  // `explainSid` knows the shape above too, so a SID never reaches this line.
  if (error.kind === 'sid') return { ok: false, error: wrongKind(error.prefix, prefixes) };
  return { ok: false, error };
}

function wrongKind(given: SidPrefix, expected: readonly SidPrefix[]): WrongKindOfSid {
  const wanted = expected.map((prefix) => `${withArticle(sidKinds[prefix].name)} SID (${prefix}…)`);
  return {
    kind: 'wrong-kind',
    given,
    expected,
    sentence: `This is the SID of ${withArticle(sidKinds[given].name)} (${given}…), but ${wanted.join(' or ')} is expected here.`,
  };
}

const RANDOM_BYTES = 10;
const POOLED_SIDS = 256;
const pool = new Uint8Array(RANDOM_BYTES * POOLED_SIDS);
let used = pool.length;
const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
let time = { instant: Number.NaN, digits: '' };

/**
 * Makes a new SID in lower case, as Twilio writes them: twelve digits of `instant` (milliseconds since 1970), then 80
 * random bits of `globalThis.crypto`, which nobody guesses. SIDs made one after another so stand beside each other in
 * an index, which writes one page for many of them in place of one for each; RFC 9562 §6.13 says the same of UUIDs.
 */
export function mintSid<P extends SidPrefix>(prefix: P, instant: number): Sid<P> {
  // One request for randomness serves many SIDs: it costs far more than the SID itself.
  if (used === pool.length) {
    globalThis.crypto.getRandomValues(pool);
    used = 0;
  }
  if (instant !== time.instant) {
    time = { instant, digits: Math.trunc(instant).toString(16).padStart(12, '0').slice(-12) };
  }
  let text: string = prefix + time.digits;
  for (let end = used + RANDOM_BYTES; used < end; used += 1) text += hexOfByte[pool[used] ?? 0];
  return text as Sid<P>;
}
