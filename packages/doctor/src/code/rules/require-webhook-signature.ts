import type { CodeFile, Problem } from '../code-file.ts';
import { meaningOf } from '../meanings.ts';
import type { Placed, Scope } from '../scopes.ts';
import type { Node } from '../syntax.ts';
import { bare, contains, eachChild, keyOf, memberName, stringOf } from '../syntax.ts';

type Call = Placed<Extract<Node, { type: 'CallExpression' | 'NewExpression' }>>;

const routeMethods: ReadonlySet<string> = new Set(['get', 'post', 'all', 'put', 'route']);
const hookMethods: ReadonlySet<string> = new Set(['use', 'addHook', 'register', 'all']);

// Parameters that only Twilio's webhooks have.
const webhookParameters: ReadonlySet<string> = new Set([
  'AccountSid',
  'CallSid',
  'CallStatus',
  'ConversationSid',
  'DialCallStatus',
  'MessageSid',
  'MessageStatus',
  'RecordingSid',
  'RecordingUrl',
  'SmsSid',
  'SpeechResult',
]);

const validators: ReadonlySet<string> = new Set([
  'webhook',
  'validateRequest',
  'validateRequestWithBody',
  'validateIncomingRequest',
  'validateExpressRequest',
  'validateSSLRequest',
]);

/**
 * A route that answers Twilio and takes anybody's word for it: no `twilio.webhook()` before it, no
 * `validateRequest` in it, no hook that looks at `X-Twilio-Signature`.
 */
export function* requireWebhookSignature({
  gathered,
  program,
  text,
}: CodeFile): Generator<Problem> {
  if (!/twilio|TwiML|VoiceResponse|CallSid|MessageSid|ConversationSid/.test(text)) return;
  const calls = gathered.calls.filter(({ node }) => node.type === 'CallExpression');
  const guards = calls.filter((call) => hookMethods.has(memberName(bare(call.node.callee)) ?? ''));
  if (guards.some(({ node, scope }) => node.arguments.some((given) => isGuard(given, scope)))) {
    return;
  }
  for (const call of calls) {
    const method = memberName(bare(call.node.callee));
    if (method === undefined || !routeMethods.has(method)) continue;
    const [first, ...others] = call.node.arguments;
    const options = first?.type === 'ObjectExpression' ? first : undefined;
    const path = routePath(first);
    if (path === undefined) continue;
    const parts = options === undefined ? others : [options];
    const isWebhook = parts.some((part) => answersTwilio(part, call));
    if (!isWebhook || parts.some((part) => isGuard(part, call.scope))) continue;
    yield { rule: 'require-webhook-signature', values: { route: path }, node: call.node };
  }
  const [scope] = gathered.scopes;
  if (scope === undefined) return;
  for (const [route, handler] of exportedHandlers(program)) {
    if (!answersTwilio(handler, { scope }) || isGuard(handler, scope)) continue;
    yield { rule: 'require-webhook-signature', values: { route }, node: handler };
  }
}

// What wraps a handler may look at the signature.
const isFunction = (node: Node): boolean =>
  node.type === 'ArrowFunctionExpression' || node.type === 'FunctionExpression';

/** `export async function POST(request)` of a route of Next.js and its like, by the method. */
function* exportedHandlers(program: Node): Generator<readonly [string, Node]> {
  if (program.type !== 'Program') return;
  for (const statement of program.body) {
    if (statement.type !== 'ExportNamedDeclaration') continue;
    const { declaration } = statement;
    if (declaration?.type === 'FunctionDeclaration') {
      const name = declaration.id?.name;
      if (name === 'GET' || name === 'POST') yield [name, declaration];
    } else if (declaration?.type === 'VariableDeclaration') {
      for (const { id, init } of declaration.declarations) {
        const name = id.type === 'Identifier' ? id.name : undefined;
        if (!init || !isFunction(init)) continue;
        if (name === 'GET' || name === 'POST') yield [name, init];
      }
    }
  }
}

/** `'/voice'` of `app.post('/voice', …)`, or the `url` of Fastify's `route({ … })`. */
function routePath(first: Node | undefined): string | undefined {
  if (first === undefined) return undefined;
  if (first.type !== 'ObjectExpression') {
    const path = stringOf(first);
    return path?.startsWith('/') === true || path === '*' ? path : undefined;
  }
  for (const property of first.properties) {
    if (property.type === 'Property' && keyOf(property.key, property.computed) === 'url') {
      return stringOf(property.value);
    }
  }
  return undefined;
}

/** The function that a name stands for in this file, or the node itself. */
function resolved(node: Node, scope: Scope): Node {
  const own = bare(node);
  if (own.type !== 'Identifier') return own;
  const [given, ...others] = scope.find(own.name)?.given ?? [];
  return given?.from === 'expression' && others.length === 0 && given.path.length === 0
    ? given.node
    : own;
}

function answersTwilio(part: Node, { scope }: Pick<Call, 'scope'>): boolean {
  return contains(resolved(part, scope), (node) => {
    if (node.type === 'NewExpression') {
      const name = memberName(node.callee) ?? nameOf(node.callee);
      return name === 'VoiceResponse' || name === 'MessagingResponse';
    }
    if (node.type === 'MemberExpression') return webhookParameters.has(memberName(node) ?? '');
    return (
      node.type === 'ObjectPattern' &&
      node.properties.some(
        (property) =>
          property.type === 'Property' &&
          webhookParameters.has(keyOf(property.key, property.computed) ?? ''),
      )
    );
  });
}

const nameOf = (node: Node): string | undefined =>
  node.type === 'Identifier' ? node.name : undefined;

/** Whether a part of a route, or what it is resolved to, looks at the signature. */
const isGuard = (part: Node, scope: Scope): boolean =>
  looksAtSignature(resolved(part, scope), scope);

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
