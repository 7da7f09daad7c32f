import { dirname } from 'node:path';
import type { CodeFile, CodeRule, Problem } from '../code/code-file.ts';
import { gather } from '../code/scopes.ts';
import { openSdkPackage } from '../code/sdk-package.ts';
import type { Node } from '../code/syntax.ts';
import { spanOf } from '../code/syntax.ts';
import { noAmbiguousSidName } from '../code/rules/no-ambiguous-sid-name.ts';
import { noDroppedTwilioParameter } from '../code/rules/no-dropped-twilio-parameter.ts';
import { noHardCodedSid } from '../code/rules/no-hard-coded-sid.ts';
import { requireWebhookSignature } from '../code/rules/require-webhook-signature.ts';
import { sdkCredentials } from '../code/rules/sdk-credentials.ts';
import { sidKindMatchesParameter } from '../code/rules/sid-kind-matches-parameter.ts';
import { startsWithTutti } from '../project/starts-with-tutti.ts';
import { textOf } from '../texts/texts.ts';
import type { Finding } from '../rules.ts';

/** What the rules ask of ESLint, and of oxlint, which speaks the same. */
interface LintContext {
  readonly filename: string;
  readonly cwd: string;
  readonly sourceCode: {
    readonly text: string;
    getLocFromIndex(index: number): { line: number; column: number };
  };
  report(problem: {
    readonly loc: { readonly start: Position; readonly end: Position };
    readonly message: string;
    readonly suggest: readonly {
      readonly desc: string;
      fix(fixer: Fixer): unknown[];
    }[];
  }): void;
}

interface Position {
  readonly line: number;
  readonly column: number;
}

interface Fixer {
  replaceTextRange(range: [number, number], text: string): unknown;
}

/** A rule as ESLint takes it. */
export interface LintRule {
  readonly meta: {
    readonly type: 'problem' | 'suggestion';
    readonly hasSuggestions: boolean;
    readonly schema: readonly never[];
    readonly docs: { readonly description: string };
  };
  /** The context is ESLint's or oxlint's own, whose types are not needed to hold the rules. */
  create(context: never): Record<string, (node: never) => void>;
}

/** One file is walked over once, whichever rules are on. */
const walked = new WeakMap<Node, CodeFile>();

function codeFileOf(program: Node, { filename, cwd, sourceCode }: LintContext): CodeFile {
  const known = walked.get(program);
  if (known) return known;
  const file: CodeFile = {
    path: filename,
    text: sourceCode.text,
    program,
    gathered: gather(program),
    sdk: () => openSdkPackage(filename),
    hasTuttiClient: startsWithTutti(dirname(filename), cwd),
  };
  walked.set(program, file);
  return file;
}

function lintRule(check: CodeRule, description: string): LintRule {
  return {
    meta: { type: 'problem', hasSuggestions: true, schema: [], docs: { description } },
    create: (context: LintContext) => ({
      Program(program: Node) {
        for (const problem of check(codeFileOf(program, context))) report(context, problem);
      },
    }),
  };
}

function report(context: LintContext, problem: Problem): void {
  const { start, end } = spanOf(problem.node);
  const finding = { ...problem, place: undefined } as Finding;
  const { what, fix } = textOf(finding, 'en');
  const { suggestion } = problem;
  context.report({
    loc: {
      start: context.sourceCode.getLocFromIndex(start),
      end: context.sourceCode.getLocFromIndex(end),
    },
    message: `${what} ${fix}`,
    suggest:
      suggestion === undefined
        ? []
        : [
            {
              desc: `Write \`${suggestion.title}\`.`,
              fix: (fixer) =>
                suggestion.edits.map(({ node, text }) => {
                  const span = spanOf(node);
                  return fixer.replaceTextRange([span.start, span.end], text);
                }),
            },
          ],
  });
}

/** The lint rules, by their names. */
export const lintRules: Readonly<Record<string, LintRule>> = {
  'no-ambiguous-sid-name': lintRule(
    noAmbiguousSidName,
    'A variable that holds a SID says of what it is.',
  ),
  'sid-kind-matches-parameter': lintRule(
    sidKindMatchesParameter,
    'A parameter gets a SID of the kind that its name promises.',
  ),
  'no-dropped-twilio-parameter': lintRule(
    noDroppedTwilioParameter,
    'The installed twilio reads every parameter that it is given.',
  ),
  'no-hard-coded-sid': lintRule(noHardCodedSid, 'SIDs come from the environment.'),
  'require-webhook-signature': lintRule(
    requireWebhookSignature,
    'A webhook checks that Twilio has sent the request.',
  ),
  'sdk-credentials': lintRule(
    sdkCredentials,
    'Clients and access tokens are made with the right credentials.',
  ),
};
