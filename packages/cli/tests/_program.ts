import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface ProgramOptions {
  readonly cwd: string;
  /** All that it sees of the environment, besides PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that runs: what it prints, and how it ends. */
export class Program implements AsyncDisposable {
  /** Lines of standard output so far. */
  readonly lines: string[] = [];
  stderr = '';
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #ended: Promise<number | NodeJS.Signals>;
  readonly #listeners = new Set<() => void>();
  #end: number | NodeJS.Signals | undefined;
  #read = 0;

  constructor(command: string, args: readonly string[], { cwd, env = {} }: ProgramOptions) {
    this.#name = [command, ...args].join(' ');
    const { PATH, HOME } = process.env;
    this.#child = spawn(command, args, { cwd, env: { PATH, HOME, ...env } });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#tell();
    });
    if (this.#child.stdout === null) throw new Error('it has no standard output');
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.lines.push(line);
      this.#tell();
    });
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => {
        this.#end = code ?? signal ?? 'SIGKILL';
        resolve(this.#end);
        this.#tell();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stdout(): string {
    return this.lines.map((line) => `${line}\n`).join('');
  }

  /** Types a line. */
  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The next line that matches; those before it are passed over. @throws Error with what it printed instead */
  async line(pattern: RegExp | string, timeoutMs = 8000): Promise<string> {
    const fits = (line: string): boolean =>
      typeof pattern === 'string' ? line.includes(pattern) : pattern.test(line);
    return this.#until(`print ${String(pattern)}`, timeoutMs, () => {
      const at = this.lines.findIndex((line, index) => index >= this.#read && fits(line));
      if (at === -1) return undefined;
      this.#read = at + 1;
      return this.lines[at];
    });
  }

  /** Waits until that stands in what it printed on standard error. */
  async error(text: string, timeoutMs = 8000): Promise<void> {
    await this.#until(`print ${text} on stderr`, timeoutMs, () =>
      this.stderr.includes(text) ? true : undefined,
    );
  }

  /** How it ended: its exit code, or the signal that ended it. */
  async exit(timeoutMs = 8000): Promise<number | NodeJS.Signals> {
    return this.#until('end', timeoutMs, () => this.#end);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#end === undefined) this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async #until<T>(what: string, timeoutMs: number, look: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(check);
      };
      const check = (): void => {
        const found = look();
        if (found !== undefined) {
          end();
          resolve(found);
        } else if (this.#end !== undefined) {
          end();
          reject(new Error(`It ended with ${this.#end} and did not ${what}.\n${this.#printed()}`));
        }
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`It did not ${what} within ${timeoutMs} ms.\n${this.#printed()}`));
      }, timeoutMs);
      this.#listeners.add(check);
      check();
    });
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #printed(): string {
    return `$ ${this.#name}\n${this.stdout}stderr: ${this.stderr}`;
  }
}
