import { expect } from 'vitest';
import { parseTwiml } from '../src/index.ts';
import type { TwimlDocument, TwimlError, Verb } from '../src/index.ts';

/** Parses what stands inside `<Response>`, which must be accepted. */
export function parseInside(inside: string): TwimlDocument {
  return parseDocument(`<Response>${inside}</Response>`);
}

export function parseDocument(text: string): TwimlDocument {
  const result = parseTwiml(text, suggest);
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
  const result = parseTwiml(text, suggest);
  expect(result).toMatchObject({ ok: false });
  if (result.ok) throw new Error('The document was accepted.');
  return result.error;
}

/** The codes of all warnings about what stands inside `<Response>`. */
export function warningCodes(inside: string): readonly number[] {
  return parseInside(inside).warnings.map((warning) => warning.code);
}

/** Knows the mistakes of these tests; a program brings its own measure of nearness. */
function suggest(given: string, known: readonly string[]): string | undefined {
  const meant = new Map([
    ['sya', 'Say'],
    ['conductorssid', 'conductorSid'],
  ]);
  const wanted = meant.get(given.toLowerCase()) ?? given;
  return known.find((name) => name.toLowerCase() === wanted.toLowerCase());
}
