/** Parameters by lower-case name; a bare name (`;lr`) has the value `''`. Values are as written. */
export type Params = ReadonlyMap<string, string>;

export const NO_PARAMS: Params = new Map();

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x3c;
const CLOSE = 0x3e;

/**
 * Where `separator` stands outside quoted strings and angle brackets, from `from` on; -1 if nowhere.
 * An unclosed quote or bracket hides the rest, so a caller sees one long (and refused) element.
 */
export function indexOutside(text: string, separator: string, from: number): number {
  const wanted = separator.charCodeAt(0);
  let quoted = false;
  let bracket = false;
  for (let i = from; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c === BACKSLASH) i += 1;
      else if (c === QUOTE) quoted = false;
    } else if (c === wanted && !bracket) return i;
    else if (c === QUOTE) quoted = true;
    else if (c === OPEN) bracket = true;
    else if (c === CLOSE) bracket = false;
  }
  return -1;
}

/** Splits at `separator` outside quotes and brackets; elements are trimmed, empty ones dropped. */
export function splitOutside(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  while (start <= text.length) {
    const next = text.includes(separator, start) ? indexOutside(text, separator, start) : -1;
    const end = next === -1 ? text.length : next;
    const part = text.slice(start, end).trim();
    if (part !== '') parts.push(part);
    start = end + 1;
  }
  return parts;
}

// pname / token: alphanumerics and the marks of RFC 3261 §25.1, with the URI's `[ ] / : & + $`.
const NAME = /^[A-Za-z0-9\-.!%*_+`'~()[\]/:&$]+$/;
// A value: token, host, IPv6 reference or quoted string. Quotes are kept, so formatting is exact.
const VALUE = /^(?:"(?:[^"\\]|\\[\s\S])*"|[^\s"<>,;]*)$/;

/** Parses `a=1;b` (text after the first `;`); the first of two equal names wins. */
export function parseParams(text: string): Params | undefined {
  if (text.trim() === '') return NO_PARAMS;
  const params = new Map<string, string>();
  for (const part of splitOutside(text, ';')) {
    const equals = part.indexOf('=');
    const name = (equals === -1 ? part : part.slice(0, equals)).trimEnd().toLowerCase();
    const value = equals === -1 ? '' : part.slice(equals + 1).trimStart();
    if (!NAME.test(name) || !VALUE.test(value)) return undefined;
    if (!params.has(name)) params.set(name, value);
  }
  return params;
}

/** Writes `;a=1;b`. @throws TypeError for a name or value that would change the header's shape. */
export function formatParams(params: Params): string {
  let text = '';
  for (const [name, value] of params) {
    if (!NAME.test(name) || !VALUE.test(value)) {
      throw new TypeError(`Not a SIP parameter: ${JSON.stringify(`${name}=${value}`)}`);
    }
    text += value === '' ? `;${name}` : `;${name}=${value}`;
  }
  return text;
}

/** The content of a quoted string, or the text itself when it is not one. */
export function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  return text.slice(1, -1).replace(/\\([\s\S])/g, '$1');
}

/** @throws TypeError for CR or LF, which no quoting can carry: RFC 3261 §25.1 quoted-pair. */
export function quote(text: string): string {
  refuseLineBreak(text, 'quoted string');
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** @throws TypeError when `text` holds CR or LF: a second header could be smuggled in. */
export function refuseLineBreak(text: string, what: string): void {
  if (text.includes('\r') || text.includes('\n')) {
    throw new TypeError(`Line break in ${what}: ${JSON.stringify(text.slice(0, 80))}`);
  }
}
