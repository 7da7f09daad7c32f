import { visitorKeys } from 'oxc-parser';
import type { Node } from 'oxc-parser';

export type { Node };

/** Where a node stands in the text: ESLint's parsers say it in `range`, oxc in `start` and `end`. */
export function spanOf(node: Node): { start: number; end: number } {
  const { range } = node;
  return range === undefined
    ? { start: node.start, end: node.end }
    : { start: range[0], end: range[1] };
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

/** Calls `take` with each node right below this one, in the order of the text. */
export function eachChild(node: Node, take: (child: Node) => void): void {
  const keys = visitorKeys[node.type];
  if (keys === undefined) return;
  for (const key of keys) {
    const value = (node as unknown as Record<string, unknown>)[key];
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) take(item);
    } else if (isNode(value)) take(value);
  }
}

/** Whether this node or one below it is what is looked for. */
export function contains(node: Node, isIt: (node: Node) => boolean): boolean {
  if (isIt(node)) return true;
  let found = false;
  eachChild(node, (child) => {
    found ||= contains(child, isIt);
  });
  return found;
}

/** Keeps what was found out of a node, and does not find it out again. */
export function oncePerNode<Rest extends readonly unknown[], Answer>(
  find: (node: Node, ...rest: Rest) => Answer,
): (node: Node, ...rest: Rest) => Answer {
  const answers = new WeakMap<Node, { readonly answer: Answer }>();
  return (node, ...rest) => {
    const known = answers.get(node) ?? { answer: find(node, ...rest) };
    answers.set(node, known);
    return known.answer;
  };
}

/** What is left when parentheses, `await`, `as T`, `!` and optional chaining are taken away. */
export function bare(node: Node): Node {
  switch (node.type) {
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
    case 'TSTypeAssertion':
    case 'ChainExpression':
      return bare(node.expression);
    default:
      return node;
  }
}

/** The text of a string, or of a template without values in it. */
export function stringOf(node: Node): string | undefined {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined;
  if (node.type !== 'TemplateLiteral' || node.expressions.length > 0) return undefined;
  return node.quasis[0]?.value.cooked ?? undefined;
}

/** The name of a member or of a property: `a.b`, `a['b']`, `{ b: 1 }`, `{ 'b': 1 }`. */
export function keyOf(key: Node, isComputed: boolean): string | undefined {
  if (!isComputed && key.type === 'Identifier') return key.name;
  return stringOf(key);
}

/** `b` of `a.b`. */
export function memberName(node: Node): string | undefined {
  return node.type === 'MemberExpression' ? keyOf(node.property, node.computed) : undefined;
}
