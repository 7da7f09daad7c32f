import type { TwimlError } from './document.ts';

/** An error of XML at a place of the document, which is counted out only now. */
export function problemAt(text: string, offset: number, message: string): TwimlError {
  return { code: 12100, message, ...positionAt(text, offset) };
}

/** Line and column of an offset, both from 1. */
export function positionAt(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let lineStart = 0;
  for (
    let end = text.indexOf('\n');
    end >= 0 && end < offset;
    end = text.indexOf('\n', lineStart)
  ) {
    line += 1;
    lineStart = end + 1;
  }
  return { line, column: offset - lineStart + 1 };
}
