import { parseSync } from 'oxc-parser';
import type { RuleName, RuleValues } from '../rules.ts';
import type { Gathered } from './scopes.ts';
import { gather } from './scopes.ts';
import type { SdkPackage } from './sdk-package.ts';
import type { Node } from './syntax.ts';

/** A file of source code, read and walked over. */
export interface CodeFile {
  readonly path: string;
  readonly text: string;
  readonly program: Node;
  readonly gathered: Gathered;
  /** The `twilio` that the file would get; opened when a rule asks. */
  sdk(): SdkPackage | undefined;
  /** Whether what Tutti adds to the SDK is there: `@tutti/client`, or a start by `tutti run`. */
  readonly hasTuttiClient: boolean;
}

/** A way to put a problem right by editing the text. */
export interface Suggestion {
  readonly title: string;
  readonly edits: readonly { readonly node: Node; readonly text: string }[];
}

/** What a rule found, at a node. */
export type Problem = {
  readonly [Rule in RuleName]: {
    readonly rule: Rule;
    readonly values: RuleValues[Rule];
    readonly node: Node;
    readonly suggestion?: Suggestion;
  };
}[RuleName];

export type CodeRule = (file: CodeFile) => Iterable<Problem>;

/** Parses a file; `reason` says why it cannot be. */
export function parseCode(
  file: string,
  text: string,
): { ok: true; program: Node; gathered: Gathered } | { ok: false; reason: string } {
  // React projects write JSX into `.js` too.
  const options = /\.[cm]?js$/.test(file) ? { lang: 'jsx' as const } : {};
  const { program, errors } = parseSync(file, text, options);
  const [first] = errors.filter(({ severity }) => (severity as string) === 'Error');
  // The parser recovers from much; a program that is empty for an error says nothing.
  if (first !== undefined && program.body.length === 0) return { ok: false, reason: first.message };
  return { ok: true, program, gathered: gather(program) };
}
