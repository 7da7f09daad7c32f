import { refusal } from '../base/app-error.ts';

/** Names and values of a form or query, each value decoded, repeated names together. */
export type FormBody = ReadonlyMap<string, readonly string[]>;

const MAX_PARAMETERS = 1000;

/**
 * Reads `application/x-www-form-urlencoded` text.
 *
 * @throws RequestError invalidParameter when it is malformed: half a percent sign, bytes that are no UTF-8, NUL.
 */
export function parseForm(text: string): FormBody {
  const form = new Map<string, string[]>();
  let count = 0;
  for (let start = 0; start < text.length;) {
    let end = text.indexOf('&', start);
    if (end === -1) end = text.length;
    if (end > start) {
      count += 1;
      addPair(form, text.slice(start, end));
    }
    start = end + 1;
  }
  if (count > MAX_PARAMETERS) throw malformed(`it has more than ${MAX_PARAMETERS} parameters.`);
  return form;
}

function addPair(form: Map<string, string[]>, pair: string): void {
  const equals = pair.indexOf('=');
  const name = decode(equals === -1 ? pair : pair.slice(0, equals), '(body)');
  const value = equals === -1 ? '' : decode(pair.slice(equals + 1), name);
  if (name.includes('\0') || value.includes('\0')) {
    throw refusal('invalidParameter', { name, problem: 'it has a NUL character.' });
  }
  const values = form.get(name);
  if (values === undefined) form.set(name, [value]);
  else values.push(value);
}

/** The platform's own decoder refuses what others write as U+FFFD, and nobody would know. */
function decode(text: string, name: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    if (/%(?![0-9a-fA-F]{2})/.test(text)) {
      throw malformed(
        'a percent sign is not followed by two hexadecimal digits. Encode % itself as %25.',
      );
    }
    throw refusal('invalidParameter', { name, problem: 'it is not valid UTF-8.' });
  }
}

function malformed(problem: string): Error {
  return refusal('invalidParameter', { name: '(body)', problem });
}
