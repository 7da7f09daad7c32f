import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseSync } from 'oxc-parser';
import type { Class, Function as FunctionNode } from 'oxc-parser';
import { CALL } from './meanings.ts';
import type { Node } from './syntax.ts';
import { eachChild, keyOf, memberName, spanOf, stringOf } from './syntax.ts';

/** What an object of the SDK is: a class or a function that makes lists, in a file. */
interface Part {
  readonly file: string;
  /** Its name in the file's exports; `default` for the file's class. */
  readonly name: string;
}

/** A part's members: the text of its getters, and what its methods read of their parameters. */
interface Members {
  readonly getters: ReadonlyMap<string, string>;
  readonly methods: ReadonlyMap<string, ReadonlySet<string> | undefined>;
  /** The class that it extends. */
  readonly base: Part | undefined;
  /** What calling it gives: the context of one resource. */
  readonly called: Part | undefined;
}

interface SourceFile {
  readonly parts: ReadonlyMap<string, Members>;
}

/**
 * What the methods of an installed `twilio` take, read from that package's own code: nothing is
 * run and nothing is known beforehand but how its generated files are written.
 */
export interface SdkPackage {
  readonly version: string;
  /**
   * The parameters that a method reads; undefined where the package has no such method, or does
   * not name them.
   *
   * @param chain From the client on: `['calls', 'create']`, with `'()'` for each call between.
   */
  parametersOf(chain: readonly string[]): ReadonlySet<string> | undefined;
}

/** Packages that were opened: what one takes does not change while it is installed. */
const opened = new Map<string, SdkPackage>();

/** Opens the `twilio` that a file of the user's would get; undefined where none is installed. */
export function openSdkPackage(fromFile: string): SdkPackage | undefined {
  let manifestFile: string;
  try {
    manifestFile = createRequire(fromFile).resolve('twilio/package.json');
  } catch {
    return undefined;
  }
  const manifest = readFileSync(manifestFile, 'utf8');
  const version = /"version":\s*"([^"]+)"/.exec(manifest)?.[1] ?? '';
  const key = `${manifestFile} ${version}`;
  const sdk = opened.get(key) ?? new InstalledSdk(dirname(manifestFile), version);
  opened.set(key, sdk);
  return sdk;
}

class InstalledSdk implements SdkPackage {
  readonly #files = new Map<string, SourceFile>();
  readonly #answers = new Map<string, ReadonlySet<string> | undefined>();
  readonly #root: string;
  readonly version: string;

  constructor(root: string, version: string) {
    this.#root = root;
    this.version = version;
  }

  parametersOf(chain: readonly string[]): ReadonlySet<string> | undefined {
    const key = chain.join('.');
    if (!this.#answers.has(key)) this.#answers.set(key, this.#find(chain));
    return this.#answers.get(key);
  }

  #find(chain: readonly string[]): ReadonlySet<string> | undefined {
    const method = chain.at(-1);
    const client: Part = { file: join(this.#root, 'lib/rest/Twilio.js'), name: 'default' };
    const owner = this.#follow(client, chain.slice(0, -1));
    if (owner === undefined || method === undefined) return undefined;
    return this.#member(owner, (members) => members.methods.get(method));
  }

  #follow(from: Part, chain: readonly string[]): Part | undefined {
    let part: Part | undefined = from;
    for (const step of chain) {
      if (part === undefined) return undefined;
      part = step === CALL ? this.#member(part, ({ called }) => called) : this.#getter(part, step);
    }
    return part;
  }

  /** What a getter gives: `new V1_1.default(this)`, `(0, call_1.CallListInstance)(…)`, `this.a.b`. */
  #getter(part: Part, name: string): Part | undefined {
    const found = this.#member(part, (members, own) => {
      const text = members.getters.get(name);
      return text === undefined ? undefined : { text, file: own.file };
    });
    if (found === undefined) return undefined;
    const { text, file } = found;
    const inline = /new \(require\("(\.[^"]+)"\)\)/.exec(text);
    if (inline) return partAt(file, inline[1] ?? '', 'default');
    const made = /(?:new |\(0, )(\w+)_1\.(\w+)\)?\(/.exec(text);
    if (made) {
      const list = this.#imported(file, `${made[1]}_1`, made[2] ?? '');
      // `(0, account_1.AccountListInstance)(this)(this.domain.twilio.accountSid)`
      const isCalled = /\)\([^()]*\)\(/.test(text);
      return list && isCalled ? this.#follow(list, [CALL]) : list;
    }
    const alias = /return this\.([\w.]+);/.exec(text)?.[1];
    return alias === undefined || alias.startsWith('_')
      ? undefined
      : this.#follow(part, alias.split('.'));
  }

  #member<Found>(
    part: Part,
    find: (members: Members, own: Part) => Found | undefined,
  ): Found | undefined {
    const members = this.#file(part.file).parts.get(part.name);
    if (members === undefined) return undefined;
    return find(members, part) ?? (members.base && this.#member(members.base, find));
  }

  #imported(file: string, variable: string, name: string): Part | undefined {
    const path = importsOf(readFileSync(file, 'utf8')).get(variable);
    return path === undefined ? undefined : partAt(file, path, name);
  }

  #file(file: string): SourceFile {
    const known = this.#files.get(file);
    if (known) return known;
    const read = existsSync(file) ? readSdkFile(file) : { parts: new Map<string, Members>() };
    this.#files.set(file, read);
    return read;
  }
}

function partAt(file: string, path: string, name: string): Part | undefined {
  return path.startsWith('.') ? { file: `${join(dirname(file), path)}.js`, name } : undefined;
}

/** `const call_1 = require("./account/call")`, also with `__importDefault`, by the variable. */
function importsOf(text: string): ReadonlyMap<string, string> {
  const imports = new Map<string, string>();
  for (const [, variable = '', path = ''] of text.matchAll(
    /const (\w+) = (?:__importDefault\()?require\("([^"]+)"\)/g,
  )) {
    imports.set(variable, path);
  }
  return imports;
}

function readSdkFile(file: string): SourceFile {
  const text = readFileSync(file, 'utf8');
  const imports = importsOf(text);
  const parts = new Map<string, Members>();
  const { program } = parseSync(file, text, { sourceType: 'commonjs' });
  const at = (variable: string, name: string): Part | undefined => {
    const path = imports.get(variable);
    return path === undefined ? { file, name: variable } : partAt(file, path, name);
  };
  for (const statement of program.body) {
    if (statement.type === 'ClassDeclaration' && statement.id) {
      parts.set(statement.id.name, membersOfClass(statement, text, at));
    } else if (statement.type === 'FunctionDeclaration' && statement.id) {
      parts.set(statement.id.name, membersOfList(statement, text, file));
    } else if (statement.type === 'ExpressionStatement') {
      const exported = /^(?:module\.exports|exports\.default) = (\w+);/.exec(
        text.slice(statement.start, statement.end),
      );
      const members = exported && parts.get(exported[1] ?? '');
      if (members) parts.set('default', members);
    }
  }
  return { parts };
}

type PartAt = (variable: string, name: string) => Part | undefined;

function membersOfClass(declaration: Class, text: string, at: PartAt): Members {
  const getters = new Map<string, string>();
  const methods = new Map<string, ReadonlySet<string> | undefined>();
  for (const member of declaration.body.body) {
    if (member.type !== 'MethodDefinition') continue;
    const name = keyOf(member.key, member.computed);
    if (name === undefined) continue;
    const { start, end } = spanOf(member);
    if (member.kind === 'get') getters.set(name, text.slice(start, end));
    else methods.set(name, parametersRead(member.value));
  }
  const { superClass } = declaration;
  const base =
    superClass?.type === 'MemberExpression' && superClass.object.type === 'Identifier'
      ? at(superClass.object.name, memberName(superClass) ?? '')
      : superClass?.type === 'Identifier'
        ? at(superClass.name, 'default')
        : undefined;
  return { getters, methods, base, called: undefined };
}

/** A function as `CallListInstance(version)`: it hangs methods and getters on what it returns. */
function membersOfList(declaration: FunctionNode, text: string, file: string): Members {
  const getters = new Map<string, string>();
  const methods = new Map<string, ReadonlySet<string> | undefined>();
  const visit = (node: Node): void => {
    if (node.type === 'AssignmentExpression' && node.left.type === 'MemberExpression') {
      const name = memberName(node.left);
      const isMethod = node.right.type === 'FunctionExpression';
      if (name !== undefined && isMethod) methods.set(name, parametersRead(node.right));
    }
    if (node.type === 'CallExpression' && memberName(node.callee) === 'defineProperty') {
      const [, name, descriptor] = node.arguments;
      const { start, end } = spanOf(descriptor ?? node);
      const key = name && stringOf(name);
      if (key !== undefined) getters.set(key, text.slice(start, end));
    }
    eachChild(node, visit);
  };
  visit(declaration);
  const { start, end } = spanOf(declaration);
  const context = /new (\w+ContextImpl)\(/.exec(text.slice(start, end))?.[1];
  return {
    getters,
    methods,
    base: undefined,
    called: context === undefined ? undefined : { file, name: context },
  };
}

/** `to` of `params["to"]`, `pageToken` of `params.pageToken`: what a method reads of `params`. */
function parametersRead(method: Node): ReadonlySet<string> | undefined {
  const read = new Set<string>();
  const visit = (node: Node): void => {
    if (
      node.type === 'MemberExpression' &&
      node.object.type === 'Identifier' &&
      node.object.name === 'params'
    ) {
      const name = memberName(node);
      if (name !== undefined) read.add(name);
    }
    eachChild(node, visit);
  };
  visit(method);
  return read.size === 0 ? undefined : read;
}
