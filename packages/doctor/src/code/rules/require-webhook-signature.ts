import type { CodeFile, Problem } from '../code-file.ts';
import type { Scope } from '../scopes.ts';
import {
  hookMethods,
  isFunction,
  isGuard,
  nameOf,
  reached,
  resolved,
} from '../signature-guards.ts';
import type { Node } from '../syntax.ts';
import { bare, contains, keyOf, memberName, oncePerNode, stringOf } from '../syntax.ts';

const routeMethods: ReadonlySet<string> = new Set(['get', 'post', 'all', 'put', 'route']);

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

/**
 * A route that answers Twilio and takes anybody's word for it: no `twilio.webhook()` before it, no
 * `validateRequest` in it, no hook that looks at `X-Twilio-Signature`.
 */
export function* requireWebhookSignature({
  gathered,
  path: filePath,
  program,
  text,
}: CodeFile): Generator<Problem> {
  if (!/twilio|twiml|VoiceResponse|CallSid|MessageSid|ConversationSid/i.test(text)) return;
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
    const isWebhook = parts.some((part) => answersTwilio(part, call.scope));
    if (!isWebhook || parts.some((part) => isGuard(part, call.scope))) continue;
    yield { rule: 'require-webhook-signature', values: { route: path }, node: call.node };
  }
  const [scope] = gathered.scopes;
  if (scope === undefined) return;
  for (const [route, handler] of exportedHandlers(program, filePath, scope)) {
    if (!answersTwilio(handler, scope) || isGuard(handler, scope)) continue;
    yield { rule: 'require-webhook-signature', values: { route }, node: handler };
  }
}

// `/api/voice` of `pages/api/voice.ts`.
const pageOfNext = /(?:^|[\\/])pages([\\/]api[\\/].+)\.[cm]?[jt]sx?$/;

/**
 * The handlers of routes of Next.js: `export async function POST(request)`, by the method, and
 * what a file below `pages/api` exports by default, by its URL. What wraps one is left alone: it
 * may look at the signature.
 */
function* exportedHandlers(
  program: Node,
  path: string,
  scope: Scope,
): Generator<readonly [string, Node]> {
  if (program.type !== 'Program') return;
  const url = pageOfNext.exec(path)?.[1]?.replaceAll('\\', '/');
  for (const statement of program.body) {
    if (statement.type === 'ExportDefaultDeclaration' && url !== undefined) {
      const handler = resolved(statement.declaration, scope);
      if (isFunction(handler)) yield [url, handler];
    }
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

/** Whether a part of a route answers with TwiML, or reads what only Twilio's webhooks have. */
function answersTwilio(part: Node, scope: Scope): boolean {
  if (contains(resolved(part, scope), readsWebhook)) return true;
  const nodes = reached(part, scope);
  return nodes.some((node) => hasTwiml(node)) && !nodes.some((node) => hasSentTwiml(node));
}

const hasTwiml = oncePerNode((node) => contains(node, makesTwiml));
const hasSentTwiml = oncePerNode((node) => contains(node, sendsTwiml));

function readsWebhook(node: Node): boolean {
  if (node.type === 'MemberExpression') return webhookParameters.has(memberName(node) ?? '');
  // `form.get('CallSid')`, as routes of Next.js read it.
  if (node.type === 'CallExpression' && memberName(node.callee) === 'get') {
    const [name] = node.arguments;
    return name !== undefined && webhookParameters.has(stringOf(name) ?? '');
  }
  return (
    node.type === 'ObjectPattern' &&
    node.properties.some(
      (property) =>
        property.type === 'Property' &&
        webhookParameters.has(keyOf(property.key, property.computed) ?? ''),
    )
  );
}

/** By the classes of `twilio`, or as text. */
function makesTwiml(node: Node): boolean {
  if (node.type === 'NewExpression') {
    const name = memberName(node.callee) ?? nameOf(node.callee);
    return name === 'VoiceResponse' || name === 'MessagingResponse';
  }
  const text = node.type === 'TemplateElement' ? node.value.raw : stringOf(node);
  return text !== undefined && /<Response(?:>|\s*\/>)/.test(text);
}

/** `client.calls.create({ twiml })`: it goes to Twilio with a request, and is no answer. */
const sendsTwiml = (node: Node): boolean =>
  node.type === 'CallExpression' &&
  node.arguments.some(
    (given) =>
      given.type === 'ObjectExpression' &&
      given.properties.some(
        (property) =>
          property.type === 'Property' && keyOf(property.key, property.computed) === 'twiml',
      ),
  );
