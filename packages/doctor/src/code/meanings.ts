import { explainSid } from '@tutti/ids';
import type { Binding, Given, Scope } from './scopes.ts';
import { requiredModule } from './scopes.ts';
import type { Prefixes } from './sid-names.ts';
import { kindsOfCollection, kindsOfName, looksLikeSid } from './sid-names.ts';
import type { Node } from './syntax.ts';
import { bare, memberName, stringOf } from './syntax.ts';

/** One step of a chain of the SDK: a member by its name, or a call. */
export const CALL = '()';

/** What an expression stands for, as far as the file tells. */
export type Meaning =
  /** A string in the code. */
  | { readonly is: 'text'; readonly text: string; readonly node: Node }
  /** `process.env.NAME`. */
  | { readonly is: 'variable'; readonly name: string }
  /** A module or what it exports. */
  | { readonly is: 'module'; readonly module: string; readonly path: readonly string[] }
  /** The client of Twilio's SDK and what was reached from it: `['conversations', 'v1', …]`. */
  | { readonly is: 'sdk'; readonly root: Root; readonly chain: readonly string[] }
  /** What a method of the SDK gave: a resource of the collection that the chain names. */
  | { readonly is: 'resource'; readonly chain: readonly string[] }
  /** A value that only its name tells of: a parameter `conductorSid`, `event.CallSid`. */
  | { readonly is: 'named'; readonly name: string };

/** How sure it is that a chain begins at a client of the SDK. */
interface Root {
  /** The module that the client came from; undefined where only its name speaks for it. */
  readonly module: string | undefined;
}

/** Modules that give a client with the API of `twilio`. */
const clientModules: ReadonlySet<string> = new Set(['twilio', '@tutti/client']);
const clientName = /^(?:twilio)?_?client$|^twilio$/i;

// Chains of members and calls are followed so far: longer ones are no client's.
const MOST_STEPS = 200;

/** Says what an expression stands for, followed through assignments; undefined where unknown. */
export function meaningOf(node: Node, scope: Scope, steps = MOST_STEPS): Meaning | undefined {
  if (steps === 0) return undefined;
  const own = bare(node);
  const text = stringOf(own);
  if (text !== undefined) return { is: 'text', text, node: own };
  switch (own.type) {
    case 'Identifier':
      return meaningOfName(own.name, scope, steps - 1);
    case 'AwaitExpression':
      return meaningOf(own.argument, scope, steps - 1);
    case 'MemberExpression': {
      const name = memberName(own);
      return name === undefined ? undefined : memberOf(own.object, name, scope, steps - 1);
    }
    case 'CallExpression':
    case 'NewExpression':
      return meaningOfCall(own, scope, steps - 1);
    case 'ImportExpression': {
      const module = requiredModule(own);
      return module === undefined ? undefined : { is: 'module', module, path: [] };
    }
    // `process.env.A ?? 'B'`, `a || b`: the first that says something.
    case 'LogicalExpression':
      return (
        meaningOf(own.left, scope, steps - 1) ??
        (own.operator === '&&' ? undefined : meaningOf(own.right, scope, steps - 1))
      );
    default:
      return undefined;
  }
}

function meaningOfName(name: string, scope: Scope, steps: number): Meaning | undefined {
  const binding = scope.find(name);
  // What a name promises is looked at where it gets its value, and holds from there on.
  if (kindsOfName(name) !== undefined) return { is: 'named', name };
  if (binding === undefined || binding.given.length === 0) return clientByName(name);
  const first = meaningOfBinding(binding, steps);
  if (first === undefined) return clientByName(name);
  // A client that another file of the user's exports is known by its name.
  const isOthers = first.is === 'module' && !clientModules.has(first.module);
  return isOthers ? (clientByName(name) ?? first) : first;
}

/** What bindings stand for; undefined while it is being found out, which ends a cycle. */
const known = new WeakMap<Binding, { meaning: Meaning | undefined }>();

/** What every value that a name was given stands for, where that is one thing. */
function meaningOfBinding(binding: Binding, steps: number): Meaning | undefined {
  const found = known.get(binding);
  if (found) return found.meaning;
  const entry: { meaning: Meaning | undefined } = { meaning: undefined };
  known.set(binding, entry);
  const [first, ...others] = binding.given.map((given) => meaningOfGiven(given, binding, steps));
  if (others.every((other) => isSame(first, other))) entry.meaning = first;
  return entry.meaning;
}

const isSame = (a: Meaning | undefined, b: Meaning | undefined): boolean =>
  JSON.stringify(keyOfMeaning(a)) === JSON.stringify(keyOfMeaning(b));

const keyOfMeaning = (meaning: Meaning | undefined): unknown =>
  meaning?.is === 'text' ? [meaning.is, meaning.text] : meaning;

const clientByName = (name: string): Meaning | undefined =>
  clientName.test(name) ? { is: 'sdk', root: { module: undefined }, chain: [] } : undefined;

/** What a binding was given, before a path of a pattern is followed into it. */
export function meaningOfGiven(
  given: Given,
  binding: Binding,
  steps = MOST_STEPS,
): Meaning | undefined {
  const whole: Meaning | undefined =
    given.from === 'module'
      ? { is: 'module', module: given.module, path: [] }
      : meaningOf(given.node, binding.scope, steps);
  return given.path.reduce<Meaning | undefined>(
    (meaning, name) => memberOfMeaning(meaning, name),
    whole,
  );
}

function memberOf(object: Node, name: string, scope: Scope, steps: number): Meaning | undefined {
  const target = bare(object);
  // process.env.NAME, import.meta.env.NAME, context.NAME of Twilio Functions stay by their names.
  if (memberName(target) === 'env') return { is: 'variable', name };
  const meaning = memberOfMeaning(meaningOf(target, scope, steps), name);
  // What another file of the user's exports is known by its name: `config.appSid`.
  const isOthers = meaning?.is === 'module' && !clientModules.has(meaning.module);
  if (isOthers && kindsOfName(name) !== undefined) return { is: 'named', name };
  if (meaning !== undefined) return meaning;
  if (name !== 'sid') return kindsOfName(name) === undefined ? undefined : { is: 'named', name };
  // `conductor.sid` of an object that nothing else is known of.
  const owner = target.type === 'Identifier' ? target.name : memberName(target);
  return owner === undefined ? undefined : { is: 'named', name: `${owner}Sid` };
}

function memberOfMeaning(of: Meaning | undefined, name: string): Meaning | undefined {
  if (of?.is === 'module')
    return { ...of, path: name === 'default' ? of.path : [...of.path, name] };
  if (of?.is === 'sdk') return { ...of, chain: [...of.chain, name] };
  if (of?.is === 'resource') {
    if (name === 'sid') {
      const collection = collectionOf(of.chain);
      return collection === undefined
        ? undefined
        : { is: 'named', name: `${collection.replace(/s$/, '')}Sid` };
    }
    return kindsOfName(name) === undefined ? undefined : { is: 'named', name };
  }
  return undefined;
}

const methodsOfOne: ReadonlySet<string> = new Set(['create', 'fetch', 'update']);

/** The collection that a chain's last member names: `conversations` of `…conversations().fetch`. */
function collectionOf(chain: readonly string[]): string | undefined {
  return chain.findLast((name) => name !== CALL && !methodsOfOne.has(name));
}

function meaningOfCall(
  call: Extract<Node, { type: 'CallExpression' | 'NewExpression' }>,
  scope: Scope,
  steps: number,
): Meaning | undefined {
  const module = requiredModule(call);
  if (module !== undefined) return { is: 'module', module, path: [] };
  const callee = meaningOf(call.callee, scope, steps);
  if (callee?.is === 'module') {
    const isClient =
      clientModules.has(callee.module) && (callee.path.length === 0 || callee.path[0] === 'Twilio');
    return isClient ? { is: 'sdk', root: { module: callee.module }, chain: [] } : undefined;
  }
  if (callee?.is !== 'sdk') return undefined;
  return methodsOfOne.has(callee.chain.at(-1) ?? '')
    ? { is: 'resource', chain: callee.chain.slice(0, -1) }
    : { ...callee, chain: [...callee.chain, CALL] };
}

/** The kinds of SID that a meaning is of; undefined where it is none, or any. */
export function kindsOf(meaning: Meaning | undefined): Prefixes | undefined {
  switch (meaning?.is) {
    case 'text': {
      if (looksLikeSid(meaning.text)) return [meaning.text.slice(0, 2)];
      const explanation = explainSid(meaning.text);
      return explanation.kind === 'placeholder' && explanation.prefix !== undefined
        ? [explanation.prefix]
        : undefined;
    }
    case 'variable':
    case 'named':
      return kindsOfName(meaning.name);
    default:
      return undefined;
  }
}

/** The kinds of SID that stand in the path after a member of the SDK: `conversations(HERE)`. */
export function kindsOfPath(callee: Meaning | undefined): Prefixes | undefined {
  if (callee?.is !== 'sdk') return undefined;
  const last = callee.chain.at(-1);
  return last === undefined || last === CALL ? undefined : kindsOfCollection(last);
}

/** How a meaning reads in a sentence: what the user wrote. */
export function shown(meaning: Meaning): string {
  switch (meaning.is) {
    case 'text':
      return meaning.text;
    case 'variable':
    case 'named':
      return meaning.name;
    case 'module':
      return meaning.path.at(-1) ?? '';
    default:
      return '';
  }
}
