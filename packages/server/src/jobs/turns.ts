interface Line {
  running: number;
  readonly waiting: (() => void)[];
}

/** Lets so many of each kind go at once; the others wait in the order they came. */
export class Turns {
  readonly #max: number;
  readonly #lines = new Map<string, Line>();
  #closed = false;

  constructor(max: number) {
    this.#max = max;
  }

  /** Resolves when it is one's turn, with what ends the turn. */
  async take(kind: string): Promise<() => void> {
    const line = this.#lines.get(kind) ?? { running: 0, waiting: [] };
    this.#lines.set(kind, line);
    // Who is woken takes over the turn of the one that ended.
    if (line.running < this.#max || this.#closed) line.running += 1;
    else await new Promise<void>((resolve) => line.waiting.push(resolve));
    return () => this.#end(kind, line);
  }

  /** Nobody waits any more. */
  close(): void {
    this.#closed = true;
    for (const { waiting } of this.#lines.values()) for (const go of waiting.splice(0)) go();
  }

  #end(kind: string, line: Line): void {
    const next = line.waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    line.running -= 1;
    if (line.running <= 0 && this.#lines.get(kind) === line) this.#lines.delete(kind);
  }
}
