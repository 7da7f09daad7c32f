import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';
import { nearestName } from '@tutti/ids';
import { textOf } from './marks.ts';

/** What a value of the file may come from, besides the file. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One key of a mapping. */
export interface Entry {
  readonly key: string;
  /** Where the key stands. */
  readonly at: Node | undefined;
  readonly value: Node | undefined;
}

/** A YAML text that is read value by value; what is wrong is gathered with file and line. */
export class YamlSource {
  readonly root: Node | undefined;
  readonly problems: string[] = [];
  readonly #file: string;
  readonly #environment: Environment;
  readonly #substitutes: boolean;
  readonly #lines = new LineCounter();
  readonly #document;

  /** `environment` is what `${NAME}` is looked up in; without one the text stands as it is. */
  constructor(text: string, file: string, environment: Environment | undefined) {
    this.#file = file;
    this.#environment = environment ?? {};
    this.#substitutes = environment !== undefined;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    for (const { message, pos } of this.#document.errors) {
      const { line, col } = this.#lines.linePos(pos[0]);
      this.problems.push(`${file}:${line}:${col}: no YAML: ${message}.`);
    }
    this.root = this.#document.contents ?? undefined;
  }

  lineOf(node: Node | undefined): number {
    return this.#lines.linePos(node?.range?.[0] ?? 0).line || 1;
  }

  problem(node: Node | undefined, text: string): void {
    const { line, col } = this.#lines.linePos(node?.range?.[0] ?? 0);
    const told = `${this.#file}:${line || 1}:${col || 1}: ${text}`;
    // A mapping is looked at more than once.
    if (!this.problems.includes(told)) this.problems.push(told);
  }

  /** The entries of a mapping; anything else is a problem, and has none. */
  entries(node: Node | undefined, what: string, at: Node | undefined = node): readonly Entry[] {
    const resolved = this.#resolve(node);
    if (!isMap(resolved)) {
      this.problem(
        at,
        `${what} is ${describe(resolved)}; a mapping (key: value) is expected, or {}.`,
      );
      return [];
    }
    return resolved.items.map(({ key, value }) => ({
      key: isScalar(key) ? (key.source ?? String(key.value)) : String(key),
      at: key as Node,
      value: (value ?? undefined) as Node | undefined,
    }));
  }

  /** As `entries`, with those alone whose key is known. */
  known(
    node: Node | undefined,
    what: string,
    names: readonly string[],
    at?: Node,
  ): ReadonlyMap<string, Entry> {
    const found = new Map<string, Entry>();
    for (const entry of this.entries(node, what, at)) {
      if (names.includes(entry.key)) found.set(entry.key, entry);
      else {
        const nearest = nearestName(entry.key, names);
        const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
        const list = names.join(', ');
        this.problem(
          entry.at,
          `${entry.key} is no key of ${what}.${hint} It takes: ${list}. Correct or delete it.`,
        );
      }
    }
    return found;
  }

  /** A scalar as text, what it takes from the environment filled in; anything else is a problem. */
  text(entry: Entry, what: string, expected: string): string | undefined {
    const node = this.#resolve(entry.value);
    if (!isScalar(node) || node.value === null) {
      this.problem(
        entry.value?.range ? entry.value : entry.at,
        `${what} is ${describe(node)}; expected is ${expected}.${
          isScalar(node) || node === undefined ? ' Give it, or delete the line.' : ''
        }`,
      );
      return undefined;
    }
    // As it is written: +15551234567 without quotation marks would be a number, and lose its plus.
    const written =
      typeof node.value === 'string' ? node.value : (node.source ?? textOf(node.value));
    return this.#substitutes ? this.#substitute(written, node, what) : written;
  }

  /** As `text`, for a look ahead: what is wrong is told when it is read. */
  peek(entry: Entry): string | undefined {
    const before = this.problems.length;
    const text = this.text(entry, '', '');
    this.problems.length = before;
    return text;
  }

  /** The items of a list; anything else is a problem. */
  list(entry: Entry, what: string): readonly Entry[] | undefined {
    const node = this.#resolve(entry.value);
    if (isSeq(node)) {
      return node.items.map((item) => ({ key: entry.key, at: entry.at, value: item as Node }));
    }
    this.problem(entry.at, `${what} is ${describe(node)}; a list is expected, as [a, b].`);
    return undefined;
  }

  /** A mapping as a plain object, what its texts take from the environment filled in. */
  object(entry: Entry, what: string): Readonly<Record<string, unknown>> | undefined {
    const node = this.#resolve(entry.value);
    if (!isMap(node)) {
      this.problem(entry.at, `${what} is ${describe(node)}; a mapping (key: value) is expected.`);
      return undefined;
    }
    try {
      const plain: unknown = node.toJS(this.#document);
      // Only what JSON can say comes through, as the server keeps it.
      const asJson: unknown = JSON.parse(JSON.stringify(plain), (_, value: unknown) =>
        typeof value === 'string' && this.#substitutes
          ? (this.#substitute(value, entry.at, what) ?? value)
          : value,
      );
      return asJson as Record<string, unknown>;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.problem(entry.at, `${what} cannot be written as JSON: ${reason}.`);
      return undefined;
    }
  }

  /** `${NAME}` is the variable's value; `$${` stands for `${`. */
  #substitute(text: string, at: Node | undefined, what: string): string | undefined {
    let isWhole = true;
    const filled = text.replaceAll(
      /\$(\$\{)|\$\{([^}]*)\}|\$\{/g,
      (whole: string, escaped?: string, name?: string) => {
        if (escaped !== undefined) return escaped;
        if (name === undefined || !/^[A-Za-z_]\w*$/.test(name)) {
          isWhole = false;
          this.problem(
            at,
            `${what} has ${whole}; the name of a variable is expected, as \${APP_URL}. $\${ stands for \${ itself.`,
          );
          return whole;
        }
        const value = this.#environment[name];
        if (value === undefined || value === '') {
          isWhole = false;
          this.problem(
            at,
            `${what} takes ${whole}, and ${name} is not set in the environment. Set it: ${name}=… tutti apply`,
          );
        }
        return value ?? '';
      },
    );
    return isWhole ? filled : undefined;
  }

  #resolve(node: Node | undefined): Node | undefined {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }
}

function describe(node: Node | undefined): string {
  if (isMap(node)) return 'a mapping';
  if (isSeq(node)) return 'a list';
  if (!isScalar(node) || node.value === null) return 'empty';
  return JSON.stringify(node.value);
}
