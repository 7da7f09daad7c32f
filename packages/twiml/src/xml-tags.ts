import type { TwimlError } from './document.ts';
import { MAX_ATTRIBUTES_OF_ELEMENT, MAX_DEPTH, MAX_ELEMENTS } from './limits.ts';
import { shorten } from './warnings.ts';
import { checkReferences } from './xml-characters.ts';
import { positionAt, problemAt } from './xml-problem.ts';

interface OpenTag {
  readonly name: string;
  readonly offset: number;
}

/**
 * Checks that tags match and are not too many, and the references between comments and CDATA.
 * What it cannot read is left to the XML parser, which refuses it.
 */
export function checkTags(text: string): TwimlError | undefined {
  const open: OpenTag[] = [];
  // Comments and their like too: the XML parser takes as long for many of them.
  let elements = 0;
  // Where the text begins in which references count.
  let section = 0;
  let start = text.indexOf('<');
  while (start >= 0) {
    const passed = endOfMarkup(text, start);
    if (passed !== undefined) {
      const problem = checkReferences(text, section, start);
      if (problem !== undefined || passed < 0) return problem;
      elements += 1;
      const many = tooMany(elements, 0, 0);
      if (many !== undefined) return problemAt(text, start, many);
      section = passed;
      start = text.indexOf('<', passed);
      continue;
    }
    if (/^<!DOCTYPE/i.test(text.slice(start, start + 9))) return refuseDocumentType(text, start);
    const tag = readTag(text, start);
    if (tag === undefined) return undefined;

    if (tag.form === 'end') {
      const opened = open.pop();
      if (opened?.name !== tag.name) return mismatch(text, start, tag.name, opened);
    } else {
      elements += 1;
      const problem = tooMany(elements, open.length, tag.attributes);
      if (problem !== undefined) return problemAt(text, start, problem);
      if (tag.form === 'start') open.push({ name: tag.name, offset: start });
    }
    start = text.indexOf('<', tag.end);
  }
  const unclosed = open.pop();
  if (unclosed === undefined) return checkReferences(text, section, text.length);
  return problemAt(text, unclosed.offset, `<${shorten(unclosed.name)}> is never closed.`);
}

/** Where a comment, CDATA section or processing instruction ends: -1 never, undefined if none. */
function endOfMarkup(text: string, start: number): number | undefined {
  for (const [opening, closing] of [
    ['<!--', '-->'],
    ['<![CDATA[', ']]>'],
    ['<?', '?>'],
  ] as const) {
    if (!text.startsWith(opening, start)) continue;
    const end = text.indexOf(closing, start + opening.length);
    return end < 0 ? -1 : end + closing.length;
  }
  return undefined;
}

interface Tag {
  readonly form: 'start' | 'end' | 'empty';
  readonly name: string;
  readonly attributes: number;
  readonly end: number;
}

function readTag(text: string, start: number): Tag | undefined {
  const isEnd = text.charAt(start + 1) === '/';
  const nameStart = isEnd ? start + 2 : start + 1;
  const special = /[<>"']/g;
  special.lastIndex = nameStart;
  let attributes = 0;
  for (let match = special.exec(text); match !== null; match = special.exec(text)) {
    const [character] = match;
    if (character === '<') return undefined;
    if (character === '>') {
      const isEmpty = !isEnd && text.charAt(match.index - 1) === '/';
      const inside = text.slice(nameStart, isEmpty ? match.index - 1 : match.index);
      const tagName = inside.slice(0, wordLength(inside));
      if (tagName === '') return undefined;
      const form = isEnd ? 'end' : isEmpty ? 'empty' : 'start';
      return { form, name: tagName, attributes, end: match.index + 1 };
    }
    // Inside quotation marks a ">" closes nothing.
    const closing = text.indexOf(character, match.index + 1);
    if (closing < 0) return undefined;
    attributes += 1;
    special.lastIndex = closing + 1;
  }
  return undefined;
}

function wordLength(text: string): number {
  const end = text.search(/\s/);
  return end < 0 ? text.length : end;
}

function tooMany(elements: number, depth: number, attributes: number): string | undefined {
  if (elements > MAX_ELEMENTS) {
    return `The document has more than ${MAX_ELEMENTS} elements and comments.`;
  }
  if (depth >= MAX_DEPTH) return `Elements are nested more than ${MAX_DEPTH} deep.`;
  if (attributes <= MAX_ATTRIBUTES_OF_ELEMENT) return undefined;
  return `An element has more than ${MAX_ATTRIBUTES_OF_ELEMENT} attributes.`;
}

function refuseDocumentType(text: string, start: number): TwimlError {
  const isHtml = /^<!DOCTYPE\s+html/i.test(text.slice(start, start + 40));
  const message = isHtml
    ? 'The document is an HTML page, not TwiML.'
    : 'A document type (<!DOCTYPE>) is refused: its entities can grow without bound (an "XML bomb"). Remove it.';
  return problemAt(text, start, message);
}

function mismatch(
  text: string,
  offset: number,
  closing: string,
  opened: OpenTag | undefined,
): TwimlError {
  if (opened === undefined) {
    return problemAt(text, offset, `</${shorten(closing)}> closes nothing.`);
  }
  const { line } = positionAt(text, opened.offset);
  return problemAt(
    text,
    offset,
    `</${shorten(closing)}> cannot close <${shorten(opened.name)}> of line ${line}.`,
  );
}
