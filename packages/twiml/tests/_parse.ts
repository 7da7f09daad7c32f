import { expect } from 'vitest';
import { parseTwiml } from '../src/index.ts';
import type { TwimlDocument, TwimlError, Verb } from '../src/index.ts';

/** Parses what stands inside `<Response>`, which must be accepted. */
export function parseInside(inside: string): TwimlDocument {
  return parseDocument(`<Response>${inside}</Response>`);
}

export function parseDocument(text: string): TwimlDocument {
  const result = parseTwiml(text);
  expect(result).toMatchObject({ ok: true });
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** Parses one verb, of which nothing may be warned. */
export function parseVerb(inside: string): Verb | undefined {
  const { verbs, warnings } = parseInside(inside);
  expect(warnings).toEqual([]);
  expect(verbs).toHaveLength(1);
  return verbs[0];
}

export function parseError(text: string): TwimlError {
  const result = parseTwiml(text);
  expect(result).toMatchObject({ ok: false });
  if (result.ok) throw new Error('The document was accepted.');
  return result.error;
}

/** The codes of all warnings about what stands inside `<Response>`. */
export function warningCodes(inside: string): readonly number[] {
  return parseInside(inside).warnings.map((warning) => warning.code);
}
