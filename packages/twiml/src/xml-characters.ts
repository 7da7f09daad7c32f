import type { TwimlError } from './document.ts';
import { shorten } from './warnings.ts';
import { problemAt } from './xml-problem.ts';

// Char, XML 1.0 §2.2: everything but control characters, lone surrogates, U+FFFE and U+FFFF.
export const illegalCharacter = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

// EntityRef to a predefined entity (XML 1.0 §4.6), or CharRef (§4.1).
const reference = /&(?:amp|lt|gt|quot|apos|#x([0-9a-fA-F]{1,20})|#([0-9]{1,20}));/y;

/** Finds the first `&` in a part of the text that begins no reference XML has. */
export function checkReferences(text: string, from: number, to: number): TwimlError | undefined {
  // The part alone, as a search in the whole text would run past its end each time.
  const part = text.slice(from, to);
  for (let index = part.indexOf('&'); index >= 0; index = part.indexOf('&', index + 1)) {
    const at = from + index;
    reference.lastIndex = at;
    const match = reference.exec(text);
    if (match === null) return problemAt(text, at, explainAmpersand(text, at));
    const [whole, hexadecimal, decimal] = match;
    const code = Number(hexadecimal === undefined ? (decimal ?? 0x20) : `0x${hexadecimal}`);
    if (code > 0x10_ffff || illegalCharacter.test(String.fromCodePoint(code))) {
      return problemAt(text, at, `XML has no character ${shorten(whole)}.`);
    }
  }
  return undefined;
}

function explainAmpersand(text: string, at: number): string {
  const entity = /^&[A-Za-z][A-Za-z0-9]{0,30};/.exec(text.slice(at, at + 33))?.[0];
  return entity === undefined
    ? 'Write "&" as "&amp;" in XML, in URLs too.'
    : `XML has no entity ${entity}; write the character itself.`;
}
