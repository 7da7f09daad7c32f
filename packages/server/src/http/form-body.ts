import { parse } from 'node:querystring';
import { refusal } from '../base/app-error.ts';

/** Names and values of a form or query, each value decoded, repeated names together. */
export type FormBody = ReadonlyMap<string, readonly string[]>;

const emptyForm: FormBody = new Map();
const MAX_PARAMETERS = 1000;

/**
 * Reads `application/x-www-form-urlencoded` text.
 *
 * @throws RequestError invalidParameter when it is malformed: half a percent sign, bytes that are no UTF-8, NUL.
 */
export function parseForm(text: string): FormBody {
  if (text === '') return emptyForm;
  if (/%(?![0-9a-fA-F]{2})/.test(text)) {
    throw malformed(
      'a percent sign is not followed by two hexadecimal digits. Encode % itself as %25.',
    );
  }
  if (!isEncodedUtf8(text)) throw notUtf8(text);
  // NOTE: its own limit counts empty pairs too, and leaves out what comes after without a word.
  const parsed = parse(text, '&', '=', { maxKeys: 0 });
  const form = new Map<string, readonly string[]>();
  let count = 0;
  for (const [name, value] of Object.entries(parsed)) {
    const values = Array.isArray(value) ? value : [value ?? ''];
    count += values.length;
    if (name.includes('\0') || values.some((each) => each.includes('\0'))) {
      throw refusal('invalidParameter', { name, problem: 'it has a NUL character.' });
    }
    form.set(name, values);
  }
  if (count > MAX_PARAMETERS) throw malformed(`it has more than ${MAX_PARAMETERS} parameters.`);
  return form;
}

/** Whether the bytes that percent signs stand for are UTF-8: the decoder writes U+FFFD for others, and nobody would know. */
function isEncodedUtf8(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function notUtf8(text: string): Error {
  const wrong = text.split('&').find((pair) => !isEncodedUtf8(pair)) ?? '';
  const name = Object.keys(parse(wrong))[0] ?? '(body)';
  return refusal('invalidParameter', { name, problem: 'it is not valid UTF-8.' });
}

function malformed(problem: string): Error {
  return refusal('invalidParameter', { name: '(body)', problem });
}
