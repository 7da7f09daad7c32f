import { splitOutside } from './params.ts';

// Compact forms: RFC 3261 §7.3.3, and RFC 3265, 3515, 3892, 4028, 3841, 8224.
const COMPACT: Readonly<Record<string, string>> = {
  i: 'Call-ID',
  m: 'Contact',
  e: 'Content-Encoding',
  l: 'Content-Length',
  c: 'Content-Type',
  f: 'From',
  s: 'Subject',
  k: 'Supported',
  t: 'To',
  v: 'Via',
  o: 'Event',
  u: 'Allow-Events',
  r: 'Refer-To',
  b: 'Referred-By',
  x: 'Session-Expires',
  a: 'Accept-Contact',
  j: 'Reject-Contact',
  d: 'Request-Disposition',
  y: 'Identity',
};

const WELL_KNOWN = [
  ...Object.values(COMPACT),
  'Accept',
  'Allow',
  'Authorization',
  'CSeq',
  'Expires',
  'Max-Forwards',
  'Min-Expires',
  'P-Asserted-Identity',
  'Proxy-Authenticate',
  'Proxy-Authorization',
  'Reason',
  'Record-Route',
  'Require',
  'Retry-After',
  'Route',
  'Server',
  'Unsupported',
  'User-Agent',
  'Warning',
  'WWW-Authenticate',
] as const;

interface HeaderName {
  /** As written on the wire. */
  readonly name: string;
  /** Lower case, compact form expanded. */
  readonly key: string;
}

const NAMES = new Map<string, HeaderName>();
for (const name of WELL_KNOWN) {
  const entry = { name, key: name.toLowerCase() };
  NAMES.set(name, entry);
  NAMES.set(entry.key, entry);
}
for (const [letter, name] of Object.entries(COMPACT)) {
  const entry = { name, key: name.toLowerCase() };
  NAMES.set(letter, entry);
  NAMES.set(letter.toUpperCase(), entry);
}

/** Expands compact forms; well-known names get their usual spelling, others keep their own. */
export function headerName(written: string): HeaderName {
  const known = NAMES.get(written);
  if (known !== undefined) return known;
  const key = written.toLowerCase();
  return NAMES.get(key) ?? { name: written, key };
}

export interface HeaderLine extends HeaderName {
  readonly value: string;
}

/** A message's header lines in order, immutable; values are unfolded, trimmed and not yet parsed. */
export class SipHeaders {
  readonly #lines: readonly HeaderLine[];

  private constructor(lines: readonly HeaderLine[]) {
    this.#lines = lines;
  }

  static of(pairs: Iterable<readonly [name: string, value: string]>): SipHeaders {
    const lines: HeaderLine[] = [];
    for (const [written, value] of pairs) lines.push({ ...headerName(written), value });
    return new SipHeaders(lines);
  }

  /** For the parser, whose lines are named already. */
  static ofLines(lines: readonly HeaderLine[]): SipHeaders {
    return new SipHeaders(lines);
  }

  /** The first line of that name (any case, compact or not). */
  get(name: string): string | undefined {
    const { key } = headerName(name);
    for (const line of this.#lines) if (line.key === key) return line.value;
    return undefined;
  }

  /** Every line of that name, whole. */
  getAll(name: string): readonly string[] {
    const { key } = headerName(name);
    return this.#lines.filter((line) => line.key === key).map((line) => line.value);
  }

  /** The comma-separated elements of every line of that name: RFC 3261 §7.3.1. */
  list(name: string): readonly string[] {
    return this.getAll(name).flatMap((value) => splitOutside(value, ','));
  }

  /** Name and value of every line in order. */
  entries(): readonly (readonly [name: string, value: string])[] {
    return this.#lines.map((line) => [line.name, line.value] as const);
  }

  /** The same headers with these lines before all others. */
  prepend(pairs: Iterable<readonly [string, string]>): SipHeaders {
    return new SipHeaders([...SipHeaders.of(pairs).#lines, ...this.#lines]);
  }

  /** The same headers with the first line of that name changed, or a new line at the end. */
  replaceFirst(name: string, value: string): SipHeaders {
    const named = headerName(name);
    const index = this.#lines.findIndex((line) => line.key === named.key);
    const lines = [...this.#lines];
    lines.splice(index === -1 ? lines.length : index, index === -1 ? 0 : 1, { ...named, value });
    return new SipHeaders(lines);
  }
}
