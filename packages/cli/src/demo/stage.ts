/** What a step has to show for itself: lines under its title, and a value for the next steps. */
export interface Shown<T> {
  readonly shows: readonly string[];
  readonly value: T;
}

/** Tells the steps of the demo as they happen, and counts those that did not do what they say. */
export class Stage {
  readonly #print: (line: string) => void;
  readonly #startedAt = performance.now();
  #steps = 0;
  failures = 0;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  say(line: string): void {
    this.#print(line);
  }

  heading(line: string): void {
    this.#print('');
    this.#print(line);
  }

  /** Runs one step; undefined when it failed, and the reason was printed. */
  async step<T>(title: string, run: () => Promise<Shown<T>>): Promise<Shown<T> | undefined> {
    this.#steps += 1;
    const startedAt = performance.now();
    try {
      const shown = await run();
      const ms = Math.round(performance.now() - startedAt);
      this.#print(`  ✔ ${title} (${ms} ms)`);
      for (const line of shown.shows) this.#print(`      ${line}`);
      return shown;
    } catch (error) {
      this.failures += 1;
      this.#print(`  ✘ ${title}`);
      this.#print(`      ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  /** Says how it went; the exit code. */
  close(): 0 | 1 {
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(1);
    this.#print('');
    this.#print(
      this.failures === 0
        ? `All ${this.#steps} steps did what they say, in ${seconds} s.`
        : `${this.failures} of ${this.#steps} steps did not do what they say.`,
    );
    if (this.failures === 0) {
      this.#print('Next: npx tutti start, then npx tutti run -- node your-app.js');
    }
    return this.failures === 0 ? 0 : 1;
  }
}

/** @throws Error when a step finds something other than what it says. */
export function expect(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new Error(problem);
}
