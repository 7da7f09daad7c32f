import { readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { CommandError } from '../command-error.ts';
import type { SidStore, StoreChange } from './sid-store.ts';

/** An env file: a block of its own in it, everything else stays as it is. */
export class EnvFile implements SidStore {
  readonly where: string;
  readonly #path: string;
  readonly #begin: string;
  readonly #end: string;

  constructor(path: string, project: string, directory: string) {
    this.#path = resolve(directory, path);
    this.where = relative(process.cwd(), this.#path) || path;
    this.#begin = `# tutti apply ${project}: written by it down to the line "end"`;
    this.#end = `# tutti apply ${project}: end`;
  }

  async read(): Promise<ReadonlyMap<string, string>> {
    const { block } = await this.#parts();
    return variablesIn(block);
  }

  async write({ set, remove }: StoreChange): Promise<void> {
    const { before, block, after } = await this.#parts();
    const variables = new Map(variablesIn(block));
    for (const [name, sid] of set) variables.set(name, sid);
    for (const name of remove) variables.delete(name);
    for (const [index, line] of [...before, ...after].entries()) {
      const name = nameIn(line);
      if (name === undefined || !variables.has(name)) continue;
      const number = index < before.length ? index + 1 : index + block.length + 3;
      throw new CommandError(
        `${this.where}:${number}: ${name} stands outside of what apply writes, and would be there twice. Delete that line.`,
      );
    }
    const written = [...variables].map(([name, sid]) => `${name}=${sid}`);
    const lines = [...before, this.#begin, ...written, this.#end, ...after];
    await this.#replace(`${lines.join('\n')}\n`);
  }

  /** Lines before the block, of it and behind it. */
  async #parts(): Promise<Readonly<Record<'before' | 'block' | 'after', readonly string[]>>> {
    const text = await this.#text();
    const lines = text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
    const begin = lines.indexOf(this.#begin);
    const end = lines.indexOf(this.#end);
    if (begin === -1 && end === -1) return { before: lines, block: [], after: [] };
    if (begin === -1 || end < begin) {
      throw new CommandError(
        `${this.where}:${Math.max(begin, end) + 1}: of the two lines around what apply writes one is missing. Delete this one, and what stood between them.`,
      );
    }
    return {
      before: lines.slice(0, begin),
      block: lines.slice(begin + 1, end),
      after: lines.slice(end + 1),
    };
  }

  async #text(): Promise<string> {
    try {
      return await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw this.#failure('read', error);
    }
  }

  /** Whole or not at all, and with the permissions that it has. */
  async #replace(text: string): Promise<void> {
    const path = await realpath(this.#path).catch(() => this.#path);
    const half = `${path}.${process.pid}.tmp`;
    try {
      const mode = await stat(path).then(
        (file) => file.mode & 0o777,
        () => undefined,
      );
      await writeFile(half, text, mode === undefined ? {} : { mode });
      await rename(half, path);
    } catch (error) {
      await rm(half, { force: true });
      throw this.#failure('write', error);
    }
  }

  #failure(verb: string, error: unknown): CommandError {
    const reason = error instanceof Error ? error.message : String(error);
    return new CommandError(`cannot ${verb} ${this.where}: ${reason}`);
  }
}

function variablesIn(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    lines.flatMap((line) => {
      const name = nameIn(line);
      return name === undefined ? [] : [[name, line.slice(line.indexOf('=') + 1).trim()] as const];
    }),
  );
}

/** What a line of an env file sets: `NAME=…` or `export NAME=…`. */
function nameIn(line: string): string | undefined {
  return /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/.exec(line)?.[1];
}
