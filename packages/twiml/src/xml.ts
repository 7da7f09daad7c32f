import { createRequire } from 'node:module';
import type * as xmldom from '@xmldom/xmldom';
import type { TwimlError } from './document.ts';
import type { Element } from './element.ts';
import { shorten } from './warnings.ts';
import { guardXml } from './xml-guard.ts';

export type XmlResult =
  | { readonly ok: true; readonly value: Element }
  | { readonly ok: false; readonly error: TwimlError };

/** Reads XML 1.0 within the limits of `xml-guard.ts`. */
export function parseXml(text: string): XmlResult {
  const refused = guardXml(text);
  if (refused !== undefined) return { ok: false, error: refused };

  const { DOMParser } = loadXmldom();
  let problem: string | undefined;
  const parser = new DOMParser({
    normalizeLineEndings,
    // Twilio's documents write <amazon:effect> without a declaration.
    xmlns: { amazon: 'https://docs.aws.amazon.com/polly' },
    onError: (level, message) => {
      // A character that was lost before the text came here does not make it ill-formed.
      if (level === 'warning' && message.startsWith('Unicode replacement character')) return;
      // The parser mends what XML calls fatal, such as a missing quotation mark.
      problem ??= message;
      throw new Error(message);
    },
  });
  try {
    const root = parser.parseFromString(text, 'application/xml').documentElement;
    if (root !== null) return { ok: true, value: toElement(root) };
  } catch (error) {
    return { ok: false, error: { ...describe(problem, error), ...locate(error) } };
  }
  return { ok: false, error: describe(problem, undefined) };
}

function describe(problem: string | undefined, error: unknown): TwimlError {
  const reason = problem ?? (error instanceof Error ? error.message : 'no root element');
  const sentence = shorten(reason.replace(/[.!;]{1,9}$/, ''));
  return { code: 12100, message: `The document is not well-formed XML: ${sentence}.` };
}

function locate(error: unknown): { line: number; column: number } | undefined {
  if (typeof error !== 'object' || error === null || !('locator' in error)) return undefined;
  const { locator } = error as { readonly locator?: Partial<Record<string, unknown>> };
  const line = locator?.['lineNumber'];
  const column = locator?.['columnNumber'];
  if (typeof line !== 'number' || typeof column !== 'number' || line < 1) return undefined;
  return { line, column };
}

/** Source: XML 1.0 §2.11. The parser's own rule is that of XML 1.1, which knows more line ends. */
function normalizeLineEndings(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n');
}

// DOM node types: 1 element, 3 text, 4 CDATA section.
function toElement(node: xmldom.Element): Element {
  const attributes = new Map<string, string>();
  for (let index = 0; index < node.attributes.length; index += 1) {
    const attribute = node.attributes.item(index);
    if (attribute !== null) attributes.set(attribute.name, attribute.value);
  }
  const children: (Element | string)[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.nodeType === 1) children.push(toElement(child as xmldom.Element));
    else if (child.nodeType === 3 || child.nodeType === 4) children.push(child.nodeValue ?? '');
  }
  return { name: node.nodeName, line: node.lineNumber ?? 1, attributes, children };
}

let loaded: typeof xmldom | undefined;

/** Loads the parser at the first document: it takes longer than the rest of a small start-up. */
function loadXmldom(): typeof xmldom {
  loaded ??= createRequire(import.meta.url)('@xmldom/xmldom') as typeof xmldom;
  return loaded;
}
