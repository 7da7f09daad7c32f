import type { Random } from './random.ts';

/** Numbers at which counters, lengths and ports go wrong. */
export const numbers: readonly string[] = [
  '0',
  '-0',
  '-1',
  '00000000000000000001',
  '255',
  '256',
  '65535',
  '65536',
  '2147483647',
  '2147483648',
  '4294967295',
  '4294967296',
  '9007199254740993',
  '18446744073709551616',
  '99999999999999999999999999',
  '1e308',
  '1e999',
  '0x10',
  '1.5',
  '+1',
  'NaN',
  'Infinity',
  '\u0661',
  `1${'0'.repeat(400)}`,
];

/** Pieces that have broken parsers elsewhere. As bytes, each character is one. */
const nastyBytes: readonly string[] = [
  '\0',
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\n',
  '\r\n ',
  '\n\n',
  '\t',
  '\x0b',
  '\x1b[2J',
  '\x7f',
  // UTF-8: overlong, cut off, a surrogate, beyond Unicode, a byte order mark.
  '\xc0\xaf',
  '\xe0\x80\xaf',
  '\xc3',
  '\xe2\x82',
  '\xed\xa0\x80',
  '\xf4\x90\x80\x80',
  '\xef\xbb\xbf',
  '\xef\xbf\xbd',
  '\xe2\x80\xa8',
  '\xff',
  '%',
  '%0',
  '%00',
  '%0d%0a',
  '%FF',
  '%C0%AF',
  '%ED%A0%80',
  '%EF%BF%BD',
  '%u0041',
  '"',
  '\\',
  '\\"',
  "'",
  '<',
  '>',
  '<>',
  '&',
  '=',
  ';',
  ',',
  ':',
  '@',
  '?',
  '#',
  '/',
  '//',
  '../',
  '*',
  '{',
  '}',
  '[',
  ']',
  '(',
  '${x}',
  '{name}',
  '$&',
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'toString',
  'undefined',
  'null',
];

/** The same for text, and what only text can hold. */
const nastyText: readonly string[] = [
  ...nastyBytes,
  '\ud800',
  '\udc00',
  '\udfff\ud800',
  '\u{1f4a9}',
  '\u2028',
  '\u2029',
  '\ufeff',
  '\ufffd',
  '\uffff',
  '\u202e',
  // Characters whose case changes into ASCII or into two.
  '\u212a',
  '\u017f',
  '\u0130',
  '\u0131',
  '\u00df',
];

/** What else to insert, and what to cross over with: words and whole inputs of the grammar. */
export interface MutateOptions {
  readonly words?: readonly string[];
  readonly others?: readonly string[];
  readonly longest?: number;
}

const LONGEST = 20_000;

/** `text` with up to six things wrong; one in eight stays as it is. */
export function mutateText(random: Random, text: string, options: MutateOptions = {}): string {
  return mutate(random, text, nastyText, 0x10000, options);
}

/** As `mutateText`, byte by byte. */
export function mutateBytes(
  random: Random,
  bytes: Uint8Array,
  options: MutateOptions = {},
): Buffer {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return Buffer.from(mutate(random, text, nastyBytes, 0x100, options), 'latin1');
}

function mutate(
  random: Random,
  text: string,
  nasty: readonly string[],
  units: number,
  options: MutateOptions,
): string {
  const { words = nasty, others = [text], longest = LONGEST } = options;
  let result = text;
  let rounds = random.oneIn(8) ? 0 : 1 + random.below(random.oneIn(4) ? 6 : 2);
  for (; rounds > 0; rounds -= 1) {
    const at = random.below(result.length + 1);
    const end = Math.min(result.length, at + random.below(random.oneIn(4) ? 200 : 12));
    const before = result.slice(0, at);
    const after = result.slice(end);
    switch (random.below(12)) {
      case 0:
        result = before + String.fromCharCode(random.below(units)) + result.slice(at + 1);
        break;
      case 1:
        result = before + after;
        break;
      case 2:
        result = before;
        break;
      case 3:
      case 4:
        result = before + random.pick(nasty) + result.slice(at);
        break;
      case 5:
        result = before + random.pick(words) + result.slice(at);
        break;
      case 6:
        result = before + result.slice(at, end) + result.slice(at);
        break;
      case 7:
        result = replaceNumber(random, result, at);
        break;
      case 8:
        result = before + random.pick(others).slice(at);
        break;
      case 9:
        result = moveLine(random, result);
        break;
      case 10: {
        const piece = random.oneIn(2) ? random.pick(nasty) : result.slice(at, end);
        result = before + piece.repeat(random.below(random.oneIn(20) ? 600 : 8)) + result.slice(at);
        break;
      }
      default:
        result = before + random.pick(nasty) + after;
    }
  }
  return result.slice(0, longest);
}

function replaceNumber(random: Random, text: string, at: number): string {
  const rest = text.slice(at);
  const digits = /\d+/.exec(rest);
  if (digits === null) return text;
  const [found] = digits;
  const end = at + digits.index;
  return text.slice(0, end) + random.pick(numbers) + text.slice(end + found.length);
}

/** Twice the same line, a line less, or one elsewhere. */
function moveLine(random: Random, text: string): string {
  const lines = text.split('\n');
  const from = random.below(lines.length);
  const line = lines[from] ?? '';
  if (!random.oneIn(3)) lines.splice(from, 1);
  if (!random.oneIn(3)) lines.splice(random.below(lines.length + 1), 0, line);
  return lines.join('\n');
}
