import { meaningOf } from './meanings.ts';
import type { Scope } from './scopes.ts';
import type { Node } from './syntax.ts';
import { bare, contains, eachChild, keyOf, memberName, oncePerNode } from './syntax.ts';

/** Methods that put something before the routes of an application. */
export const hookMethods: ReadonlySet<string> = new Set(['use', 'addHook', 'register', 'all']);

const validators: ReadonlySet<string> = new Set([
  'webhook',
  'validateRequest',
  'validateRequestWithBody',
  'validateIncomingRequest',
  'validateExpressRequest',
  'validateSSLRequest',
]);

/** Whether a part of a route, or a function of the file that it calls, looks at the signature. */
export const isGuard = (part: Node, scope: Scope): boolean =>
  reached(part, scope).some((node) => doesLook(node, scope));

/** What a part of a route does: itself, and the functions of this file that it calls, and they call. */
export function reached(part: Node, scope: Scope): readonly Node[] {
  const found = new Set([resolved(part, scope)]);
  // A set is walked to its end, also when it grows.
  for (const node of found) {
    for (const called of calledBy(node, scope)) found.add(called);
  }
  return [...found];
}

// Routes share functions, and each is walked over once.
const doesLook = oncePerNode((node, scope: Scope) => looksAtSignature(node, scope));
const calledBy = oncePerNode((node, scope: Scope) => {
  const called: Node[] = [];
  contains(node, (inner) => {
    const callee = inner.type === 'CallExpression' ? resolved(inner.callee, scope) : undefined;
    if (callee !== undefined && isFunction(callee)) called.push(callee);
    return false;
  });
  return called;
});

/** The function that a name stands for in this file, or the node itself. */
export function resolved(node: Node, scope: Scope): Node {
  const own = bare(node);
  if (own.type !== 'Identifier') return own;
  const [given, ...others] = scope.find(own.name)?.given ?? [];
  return given?.from === 'expression' && others.length === 0 && given.path.length === 0
    ? given.node
    : own;
}

function looksAtSignature(node: Node, scope: Scope): boolean {
  switch (node.type) {
    case 'Literal':
      return /^x-twilio-signature$/i.test(String(node.value));
    // A validator of another file: its name is what there is to go by.
    case 'Identifier':
      return validators.has(node.name) || isValidatorName(node.name);
    case 'CallExpression': {
      const callee = bare(node.callee);
      const meaning = meaningOf(callee, scope);
      const exported = meaning?.is === 'module' ? meaning.path.at(-1) : undefined;
      const name = exported ?? memberName(callee) ?? nameOf(callee) ?? '';
      if (validators.has(name)) return !isSwitchedOff(node.arguments);
      return isValidatorName(name) || below(node, scope);
    }
    case 'MemberExpression':
      return looksAtSignature(node.object, scope) || (node.computed && below(node, scope));
    case 'Property':
      return looksAtSignature(node.value, scope);
    default:
      return below(node, scope);
  }
}

function below(node: Node, scope: Scope): boolean {
  let looks = false;
  eachChild(node, (child) => {
    looks ||= looksAtSignature(child, scope);
  });
  return looks;
}

const isValidatorName = (name: string): boolean =>
  /(?:valid|verif|check|require|ensure|authenticate|guard|protect)\w*(?:twilio|signature|webhook|request)|(?:twilio|signature|webhook)\w*(?:valid|verif|check|auth|guard|middleware)/i.test(
    name,
  );

/** `twilio.webhook({ validate: false })` lets everything pass. */
const isSwitchedOff = (given: readonly Node[]): boolean =>
  given.some(
    (argument) =>
      argument.type === 'ObjectExpression' &&
      argument.properties.some(
        (property) =>
          property.type === 'Property' &&
          keyOf(property.key, property.computed) === 'validate' &&
          property.value.type === 'Literal' &&
          property.value.value === false,
      ),
  );

/** Whether a node is a function, and not what wraps one. */
export const isFunction = (node: Node): boolean =>
  node.type === 'ArrowFunctionExpression' ||
  node.type === 'FunctionExpression' ||
  node.type === 'FunctionDeclaration';

export const nameOf = (node: Node): string | undefined =>
  node.type === 'Identifier' ? node.name : undefined;
