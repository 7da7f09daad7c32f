import type { CodeFile, Problem } from '../code-file.ts';
import { kindsOf, kindsOfPath, meaningOf, meaningOfGiven, shown } from '../meanings.ts';
import type { Meaning } from '../meanings.ts';
import type { Scope } from '../scopes.ts';
import { isOtherKind, kindsOfName } from '../sid-names.ts';
import type { Prefixes } from '../sid-names.ts';
import type { Node } from '../syntax.ts';
import { bare, keyOf, memberName, stringOf } from '../syntax.ts';

/**
 * A SID of one kind where a name promises another: in an object (`{ conductorSid: appSid }`), an
 * assignment, a path of the SDK (`conversations(conductorSid)`), an argument of a function in the
 * same file, or a form field (`form.set('ConductorSid', appSid)`).
 */
export function* sidKindMatchesParameter({ gathered }: CodeFile): Generator<Problem> {
  for (const { node, scope } of gathered.properties) {
    const key = keyOf(node.key, node.computed);
    // `{ conductorSid }` is looked at where the variable gets its value.
    if (key !== undefined && !node.shorthand) {
      yield* mismatch(node.value, scope, key, kindsOfName(key));
    }
  }
  for (const { node, scope } of gathered.assignments) {
    const name = node.left.type === 'Identifier' ? node.left.name : memberName(node.left);
    if (node.operator === '=' && name !== undefined) {
      yield* mismatch(node.right, scope, name, kindsOfName(name));
    }
  }
  yield* ofDeclarations({ gathered });
  yield* ofArguments({ gathered });
}

function* ofDeclarations({ gathered }: Pick<CodeFile, 'gathered'>): Generator<Problem> {
  const assigned = new Set<Node>(gathered.assignments.map(({ node }) => node.right));
  for (const scope of gathered.scopes) {
    for (const binding of scope.bindings()) {
      const wanted = kindsOfName(binding.name);
      if (wanted === undefined) continue;
      for (const given of binding.given) {
        if (given.from === 'expression' && assigned.has(given.node)) continue;
        const node = given.from === 'expression' ? given.node : binding.node;
        yield* problemOf(meaningOfGiven(given, binding), node, binding.name, wanted);
      }
    }
  }
}

function* ofArguments({ gathered }: Pick<CodeFile, 'gathered'>): Generator<Problem> {
  for (const { node, scope } of gathered.calls) {
    const [first, second] = node.arguments;
    if (first === undefined) continue;
    const callee = bare(node.callee);
    const method = memberName(callee);
    const field = method === 'set' || method === 'append' ? stringOf(first) : undefined;
    if (field !== undefined && second !== undefined) {
      yield* mismatch(second, scope, field, kindsOfName(field));
      continue;
    }
    const path = kindsOfPath(meaningOf(callee, scope));
    if (path !== undefined && method !== undefined) {
      yield* mismatch(first, scope, `${method}()`, path);
      continue;
    }
    const parameters = parametersOf(callee, scope);
    for (const [index, argument] of node.arguments.entries()) {
      const name = parameters[index];
      if (name !== undefined) yield* mismatch(argument, scope, name, kindsOfName(name));
    }
  }
}

/** The names of the parameters of a function that the same file declares. */
function parametersOf(callee: Node, scope: Scope): readonly (string | undefined)[] {
  if (callee.type !== 'Identifier') return [];
  const given = scope.find(callee.name)?.given ?? [];
  const [only] = given;
  if (given.length !== 1 || only?.from !== 'expression') return [];
  switch (only.node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return only.node.params.map((parameter) =>
        parameter.type === 'Identifier' ? parameter.name : undefined,
      );
    default:
      return [];
  }
}

function* mismatch(
  value: Node,
  scope: Scope,
  parameter: string,
  wanted: Prefixes | undefined,
): Generator<Problem> {
  if (wanted !== undefined) yield* problemOf(meaningOf(value, scope), value, parameter, wanted);
}

function* problemOf(
  meaning: Meaning | undefined,
  node: Node,
  parameter: string,
  wanted: Prefixes,
): Generator<Problem> {
  const kinds = kindsOf(meaning);
  if (meaning === undefined || kinds === undefined || !isOtherKind(kinds, wanted)) return;
  yield {
    rule: 'sid-kind-matches-parameter',
    values: { given: { shown: shown(meaning), kinds }, parameter, wanted },
    node,
  };
}
