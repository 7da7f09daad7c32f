import type { ObjectProperty } from 'oxc-parser';
import type { Node } from './syntax.ts';
import { bare, eachChild, keyOf, memberName, stringOf } from './syntax.ts';

/** What a name was given: a part (`path`) of an expression or of a module. */
export type Given =
  | { readonly from: 'expression'; readonly node: Node; readonly path: readonly string[] }
  | { readonly from: 'module'; readonly module: string; readonly path: readonly string[] };

/** A name that a file declares. */
export interface Binding {
  readonly name: string;
  /** Where it is declared first. */
  readonly node: Node;
  readonly scope: Scope;
  readonly given: Given[];
}

/** Where names are looked up: a function, a block or the file. */
export class Scope {
  readonly #bindings = new Map<string, Binding>();
  readonly parent: Scope | undefined;
  readonly isFunction: boolean;

  constructor(parent: Scope | undefined, isFunction: boolean) {
    this.parent = parent;
    this.isFunction = isFunction;
  }

  /** The binding that a name means here; undefined for a global. */
  find(name: string): Binding | undefined {
    return this.#bindings.get(name) ?? this.parent?.find(name);
  }

  /** Declares a name, or gives it one more value where it is declared already. */
  declare(name: string, node: Node, given: Given | undefined): void {
    const binding = this.#bindings.get(name) ?? { name, node, scope: this, given: [] };
    if (given !== undefined) binding.given.push(given);
    this.#bindings.set(name, binding);
  }

  /** Where `var` puts its names. */
  get functionScope(): Scope {
    return this.isFunction || this.parent === undefined ? this : this.parent.functionScope;
  }

  bindings(): Iterable<Binding> {
    return this.#bindings.values();
  }
}

/** A node with the scope it stands in. */
interface Placed<Kind extends Node = Node> {
  readonly node: Kind;
  readonly scope: Scope;
}

type NodeOf<Type extends Node['type']> = Extract<Node, { type: Type }>;

/** What the rules look at, gathered in one walk over a file. */
export interface Gathered {
  readonly scopes: Scope[];
  readonly calls: Placed<NodeOf<'CallExpression'> | NodeOf<'NewExpression'>>[];
  readonly properties: Placed<ObjectProperty>[];
  readonly assignments: Placed<NodeOf<'AssignmentExpression'>>[];
  readonly strings: Placed[];
  /** The scope that each function's parameters are declared in. */
  readonly functions: Map<Node, Scope>;
  /** For each function handed to `.then`, the promise that calls it. */
  readonly promises: Map<Node, Node>;
  /** What stands for both key and value: `{ sid }`, in an object or a pattern. */
  readonly shorthands: Set<Node>;
  /** Every use of a name, for those who rename it. */
  readonly names: Placed<NodeOf<'Identifier'>>[];
}

/** Walks a file once and says which names it declares, and where the nodes are that rules read. */
export function gather(program: Node): Gathered {
  const gathered: Gathered = {
    scopes: [],
    calls: [],
    properties: [],
    assignments: [],
    strings: [],
    functions: new Map(),
    promises: new Map(),
    shorthands: new Set(),
    names: [],
  };
  walk(program, newScope(gathered, undefined, true), gathered);
  for (const { node, scope } of gathered.assignments) {
    if (node.operator !== '=' || node.left.type !== 'Identifier') continue;
    scope.find(node.left.name)?.given.push({ from: 'expression', node: node.right, path: [] });
  }
  return gathered;
}

function newScope(gathered: Gathered, parent: Scope | undefined, isFunction: boolean): Scope {
  const scope = new Scope(parent, isFunction);
  gathered.scopes.push(scope);
  return scope;
}

function walk(node: Node, scope: Scope, gathered: Gathered): void {
  let inside = scope;
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression': {
      if (node.type === 'FunctionDeclaration' && node.id !== null) {
        scope.declare(node.id.name, node.id, { from: 'expression', node, path: [] });
      }
      inside = newScope(gathered, scope, true);
      gathered.functions.set(node, inside);
      // The argument of `client.calls.create(…).then((call) => …)` is what the promise gives.
      const promise = gathered.promises.get(node);
      for (const [index, parameter] of node.params.entries()) {
        declarePattern(parameter, inside, (path) =>
          promise === undefined || index > 0
            ? undefined
            : { from: 'expression', node: promise, path },
        );
      }
      break;
    }
    case 'BlockStatement':
    case 'ForStatement':
    case 'ForOfStatement':
    case 'ForInStatement':
    case 'SwitchStatement':
    case 'CatchClause':
      inside = newScope(gathered, scope, false);
      break;
    case 'VariableDeclaration':
      for (const { id, init } of node.declarations) {
        const target = node.kind === 'var' ? scope.functionScope : scope;
        declarePattern(id, target, (path) =>
          init === null ? undefined : { from: 'expression', node: init, path },
        );
      }
      break;
    case 'ClassDeclaration':
      if (node.id !== null) scope.declare(node.id.name, node.id, undefined);
      break;
    case 'ImportDeclaration':
      for (const specifier of node.specifiers) declareImport(specifier, node.source.value, scope);
      return;
    case 'CallExpression':
    case 'NewExpression': {
      gathered.calls.push({ node, scope });
      const [handler] = node.arguments;
      const callee = bare(node.callee);
      if (callee.type === 'MemberExpression' && memberName(callee) === 'then' && handler) {
        gathered.promises.set(handler, callee.object);
      }
      break;
    }
    case 'ObjectExpression':
      for (const property of node.properties) {
        if (property.type === 'Property') gathered.properties.push({ node: property, scope });
      }
      break;
    // What is written `.sid` or `sid:` is the name of a member, and no use of a variable.
    case 'MemberExpression':
      if (node.computed) break;
      walk(node.object, scope, gathered);
      return;
    case 'Property':
      if (node.shorthand) gathered.shorthands.add(node.value);
      if (node.computed) break;
      walk(node.value, scope, gathered);
      return;
    case 'PropertyDefinition':
    case 'MethodDefinition':
      if (node.computed) break;
      if (node.value !== null) walk(node.value, scope, gathered);
      return;
    case 'TSTypeAnnotation':
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
    case 'TSTypeParameterDeclaration':
    case 'TSTypeParameterInstantiation':
      return;
    case 'AssignmentExpression':
      gathered.assignments.push({ node, scope });
      break;
    case 'Literal':
    case 'TemplateElement':
      gathered.strings.push({ node, scope });
      return;
    case 'Identifier':
      gathered.names.push({ node, scope });
      return;
    default:
      break;
  }
  eachChild(node, (child) => {
    walk(child, inside, gathered);
  });
}

type GivenAt = (path: readonly string[]) => Given | undefined;

function declareImport(
  specifier: NodeOf<'ImportDeclaration'>['specifiers'][number],
  module: string,
  scope: Scope,
): void {
  const path = specifier.type === 'ImportSpecifier' ? [keyOf(specifier.imported, false) ?? ''] : [];
  const isDefault = path[0] === 'default';
  scope.declare(specifier.local.name, specifier.local, {
    from: 'module',
    module,
    path: isDefault ? [] : path,
  });
}

/** Declares each name of a pattern: `{ sid: conductorSid, ...rest } = app`. */
function declarePattern(pattern: Node, scope: Scope, given: GivenAt, path: string[] = []): void {
  switch (pattern.type) {
    case 'Identifier':
      scope.declare(pattern.name, pattern, given(path));
      break;
    case 'AssignmentPattern':
      declarePattern(pattern.left, scope, given, path);
      break;
    case 'ObjectPattern':
      for (const property of pattern.properties) {
        if (property.type === 'RestElement') {
          declarePattern(property.argument, scope, () => undefined);
          continue;
        }
        const key = keyOf(property.key, property.computed);
        declarePattern(property.value, scope, key === undefined ? () => undefined : given, [
          ...path,
          key ?? '',
        ]);
      }
      break;
    case 'ArrayPattern':
      for (const [index, element] of pattern.elements.entries()) {
        if (element !== null) declarePattern(element, scope, given, [...path, String(index)]);
      }
      break;
    case 'RestElement':
      declarePattern(pattern.argument, scope, () => undefined);
      break;
    case 'TSParameterProperty':
      declarePattern(pattern.parameter, scope, given, path);
      break;
    default:
      break;
  }
}

/** The module that `require('twilio')` or `await import('twilio')` gives. */
export function requiredModule(node: Node): string | undefined {
  if (node.type === 'ImportExpression') return stringOf(node.source);
  if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier') return undefined;
  const [first] = node.arguments;
  return node.callee.name === 'require' && first !== undefined ? stringOf(first) : undefined;
}
