import type { Finding, Place } from '../rules.ts';
import type { CodeFile, Problem } from './code-file.ts';
import { parseCode } from './code-file.ts';
import { codeRules } from './code-rules.ts';
import type { SdkPackage } from './sdk-package.ts';
import { spanOf, stringOf } from './syntax.ts';

export interface CodeOptions {
  /** The `twilio` that the project has; undefined without one. */
  readonly sdk: () => SdkPackage | undefined;
  /** Whether the project has `@tutti/client`, or is started by `tutti run`. */
  readonly hasTuttiClient: boolean;
  /** Tests may hold made-up SIDs and call without a signature. */
  readonly isTest: boolean;
}

// What any finding needs the text to hold; other files are not even parsed.
const worthParsing = /sid|twilio|twiml|\b[A-Z]{2}[0-9a-fA-FxX]{32}\b/i;

/** Looks over the text of one file of source code. `file` is for the findings' places. */
export function examineCode(file: string, text: string, options: CodeOptions): Finding[] {
  if (!worthParsing.test(text)) return [];
  const parsed = parseCode(file, text);
  if (!parsed.ok) {
    const place = placer(file, text)(0, 0);
    return [{ rule: 'file-not-read', values: { reason: parsed.reason }, place }];
  }
  const placeOf = placer(file, text);
  const code: CodeFile = { path: file, text, ...parsed, ...options };
  return codeRules
    .flatMap((rule) => [...rule(code)])
    .filter((problem) => !(options.isTest && isOfProduction(problem)))
    .map(({ node, rule, values }) => {
      const { start, end } = spanOf(node);
      return { rule, values, place: placeOf(start, end) } as Finding;
    })
    .sort((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0));
}

/** Tests hold made-up SIDs, show that a wrong kind is refused, and stand in for methods of the SDK. */
const isOfProduction = ({ rule, node }: Problem): boolean =>
  rulesOfProduction.has(rule) ||
  (rule === 'sid-kind-matches-parameter' && stringOf(node) !== undefined);

const rulesOfProduction: ReadonlySet<Finding['rule']> = new Set([
  'no-ambiguous-sid-name',
  'no-hard-coded-sid',
  'no-placeholder-sid',
  'require-webhook-signature',
]);

/** Gives lines and columns, from 1, for offsets of a text. */
function placer(file: string, text: string): (start: number, end: number) => Place {
  let starts: number[] | undefined;
  const positionOf = (offset: number): { line: number; column: number } => {
    starts ??= [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
    const after = starts.findIndex((start) => start > offset);
    const line = after === -1 ? starts.length : after;
    return { line, column: offset - (starts[line - 1] ?? 0) + 1 };
  };
  return (start, end) => {
    const { line, column } = positionOf(start);
    const { line: endLine, column: endColumn } = positionOf(end);
    return { file, line, column, endLine, endColumn };
  };
}
