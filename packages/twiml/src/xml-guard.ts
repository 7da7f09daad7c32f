import type { TwimlError } from './document.ts';
import { MAX_DOCUMENT_BYTES } from './limits.ts';
import { shorten } from './warnings.ts';
import { illegalCharacter } from './xml-characters.ts';
import { problemAt } from './xml-problem.ts';
import { checkTags } from './xml-tags.ts';

/**
 * Finds, in one pass and before any tree is built, what the XML parser would take too much time
 * for or explain badly: size, document types, depth, tags that do not match.
 */
export function guardXml(text: string): TwimlError | undefined {
  if (isLongerThan(text, MAX_DOCUMENT_BYTES)) {
    return { code: 11750, message: `The document is longer than ${MAX_DOCUMENT_BYTES} bytes.` };
  }
  return checkBeginning(text) ?? checkCharacters(text) ?? checkTags(text);
}

function isLongerThan(text: string, bytes: number): boolean {
  // A UTF-16 unit is at least one byte of UTF-8, and at most three.
  if (text.length > bytes) return true;
  return text.length * 3 > bytes && new TextEncoder().encode(text).length > bytes;
}

function checkBeginning(text: string): TwimlError | undefined {
  const trimmed = text.trimStart();
  if (trimmed === '') return { code: 12100, message: 'The document is empty.' };
  if (!trimmed.startsWith('<')) {
    const message = `The document begins with "${shorten(trimmed.slice(0, 20))}", which is not XML.`;
    return { code: 12100, message, line: 1, column: 1 };
  }
  if (trimmed.startsWith('<?xml') && trimmed.length < text.length) {
    const message =
      'Nothing may stand before the XML declaration: remove the blanks before "<?xml".';
    return { code: 12100, message, line: 1, column: 1 };
  }
  const declaration = /^<\?xml\s[^>]{0,200}/.exec(text)?.[0] ?? '';
  const version = /\sversion\s*=\s*["']([^"']*)/.exec(declaration)?.[1];
  if (version === undefined || version === '1.0') return undefined;
  const message = `The document is XML ${shorten(version)}; TwiML is XML 1.0.`;
  return { code: 12101, message, line: 1, column: 1 };
}

function checkCharacters(text: string): TwimlError | undefined {
  const illegal = illegalCharacter.exec(text);
  if (illegal === null) return undefined;
  return problemAt(text, illegal.index, `XML has no character ${name(illegal[0])}.`);
}

function name(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
