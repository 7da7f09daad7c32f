import { foreignSidKinds } from './foreign-sid-kinds.ts';
import { isPlaceholder } from './placeholder.ts';
import { isSidPrefix, sidKinds, withArticle } from './sid-kinds.ts';
import type { SidPrefix } from './sid-kinds.ts';

/** What a text is that stands, or should stand, where a SID is expected. */
export type SidExplanation = {
  /** One English sentence for the user: what the text is and, when it is wrong, what to do. */
  readonly sentence: string;
} & (
  | { readonly kind: 'sid'; readonly prefix: SidPrefix; readonly name: string }
  | { readonly kind: 'foreign-sid'; readonly prefix: string; readonly name: string }
  | { readonly kind: 'unknown-prefix'; readonly prefix: string }
  /** Sample text from documentation. `prefix` is set when the sample begins like a SID. */
  | { readonly kind: 'placeholder'; readonly prefix?: SidPrefix }
  | { readonly kind: 'wrong-length'; readonly length: number; readonly expected: 34 }
  /** `index` counts from 0 in UTF-16 units, as JavaScript does. */
  | { readonly kind: 'not-hexadecimal'; readonly index: number; readonly character: string }
  | { readonly kind: 'lower-case-prefix'; readonly prefix: string }
  /** An identifier of Conversations v2, such as `conv_conversation_…`. */
  | { readonly kind: 'type-id'; readonly typeName: string }
  | { readonly kind: 'surrounded'; readonly inner: SidExplanation }
  | { readonly kind: 'empty' }
  | { readonly kind: 'not-a-sid' }
);

const SID_LENGTH = 34;
const RULE = 'a SID is two capital letters and 32 hexadecimal digits';

/** Says what a text is: which kind of SID, or why it is none. */
export function explainSid(text: string): SidExplanation {
  const bare = strip(text.trim());
  const inner = explainBare(bare);
  return bare === text || text.trim() === '' ? inner : surrounded(inner);
}

function explainBare(text: string): SidExplanation {
  if (text === '') return { kind: 'empty', sentence: `The SID is empty; ${RULE}.` };
  return (
    explainPlaceholder(text) ??
    explainTypeId(text) ??
    explainSidLike(text) ?? { kind: 'not-a-sid', sentence: explainOther(text) }
  );
}

function surrounded(inner: SidExplanation): SidExplanation {
  const sentence =
    inner.kind === 'sid'
      ? `Remove the blanks or quotation marks around this ${inner.name} SID.`
      : `Remove the blanks or quotation marks around it; even so: ${lowerFirst(inner.sentence)}`;
  return { kind: 'surrounded', inner, sentence };
}

const surroundings = new Set(' \t\r\n"\'`“”‘’„«»\u00a0\u200b\u2060\ufeff,;');

/** Takes blanks, quotation marks and list separators off both ends. */
function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && surroundings.has(text.charAt(start))) start += 1;
  while (end > start && surroundings.has(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function explainPlaceholder(text: string): SidExplanation | undefined {
  if (!isPlaceholder(text)) return undefined;
  const prefix = text.slice(0, 2);
  if (!isSidPrefix(prefix)) {
    return {
      kind: 'placeholder',
      sentence: `${quote(text)} is a placeholder from documentation; put your own SID in its place.`,
    };
  }
  const { name } = sidKinds[prefix];
  return {
    kind: 'placeholder',
    prefix,
    sentence: `${quote(text)} is a placeholder from documentation; put the SID of your own ${name} in its place.`,
  };
}

// TypeID: prefix of lower-case words joined by "_", then "_" and 26 base32 digits.
const typeId = /^([a-z]{1,40}(?:_[a-z]{1,40}){0,4})_[0-9a-hjkmnp-tv-z]{26}$/;

function explainTypeId(text: string): SidExplanation | undefined {
  const typeName =
    typeId.exec(text)?.[1] ?? (text.startsWith('conv_') ? 'conv_conversation' : undefined);
  if (typeName === undefined) return undefined;
  return {
    kind: 'type-id',
    typeName,
    sentence: `This is a TypeID of Conversations v2 (${typeName}_…), which has no SIDs; give the SID of the v1 resource instead.`,
  };
}

const hexadecimal = /^[0-9a-fA-F]*$/;

function explainSidLike(text: string): SidExplanation | undefined {
  const letters = text.slice(0, 2);
  if (!/^[A-Za-z]{2}$/.test(letters)) return undefined;
  const prefix = letters.toUpperCase();
  const digits = text.slice(2);
  const name = isSidPrefix(prefix) ? sidKinds[prefix].name : foreignSidKinds.get(prefix);
  const allHexadecimal = hexadecimal.test(digits);

  if (text.length !== SID_LENGTH) {
    const nearLength = Math.abs(text.length - SID_LENGTH) <= 6 && !text.includes(' ');
    if (name === undefined || letters !== prefix || !(allHexadecimal || nearLength)) {
      return undefined;
    }
    return {
      kind: 'wrong-length',
      length: text.length,
      expected: SID_LENGTH,
      sentence: `This begins like the SID of ${withArticle(name)} but has ${text.length} characters instead of ${SID_LENGTH}; copy the whole SID again.`,
    };
  }
  if (!allHexadecimal) {
    if (name === undefined || letters !== prefix) return undefined;
    return notHexadecimal(text, name);
  }
  if (letters !== prefix) {
    return {
      kind: 'lower-case-prefix',
      prefix,
      sentence: `The two letters that begin a SID are capitals: write ${prefix} instead of ${letters}.`,
    };
  }
  if (isSidPrefix(prefix)) {
    return {
      kind: 'sid',
      prefix,
      name: sidKinds[prefix].name,
      sentence: `This is the SID of ${withArticle(sidKinds[prefix].name)}.`,
    };
  }
  if (name !== undefined) {
    return {
      kind: 'foreign-sid',
      prefix,
      name,
      sentence: `This is the SID of ${withArticle(name)} at Twilio, a kind that does not exist here.`,
    };
  }
  return {
    kind: 'unknown-prefix',
    prefix,
    sentence: `This has the shape of a SID, but no kind of SID begins with ${prefix}; check the first two letters.`,
  };
}

function notHexadecimal(text: string, name: string): SidExplanation {
  const index = 2 + text.slice(2).search(/[^0-9a-fA-F]/);
  const character = String.fromCodePoint(text.codePointAt(index) ?? 0);
  return {
    kind: 'not-hexadecimal',
    index,
    character,
    sentence: `This begins like the SID of ${withArticle(name)}, but character ${index + 1} is ${quote(character)}, which is not a hexadecimal digit (0-9, a-f); copy the SID again.`,
  };
}

function explainOther(text: string): string {
  if (/^(undefined|null|NaN|None|nil|\[object Object\])$/.test(text)) {
    return `The text is ${quote(text)}: a variable in your program had no value where the SID was put together.`;
  }
  if (/^[0-9a-fA-F]{32}$/.test(text)) {
    return 'These are 32 hexadecimal digits without the two capital letters that begin a SID; copy the whole SID again.';
  }
  if (/^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(text)) {
    return `This is a UUID; ${RULE}.`;
  }
  if (/^\+?[0-9][0-9 ().-]{3,24}$/.test(text)) return `This looks like a phone number; ${RULE}.`;
  return `${quote(text)} is not a SID; ${RULE}.`;
}

/** Quotes a user's text so that it fits a sentence and shows what cannot be seen. */
function quote(text: string): string {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  const visible = shown.replaceAll(/[\p{C}\p{Z}]/gu, (character) =>
    character === ' '
      ? character
      : `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
  return `"${visible}"`;
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
