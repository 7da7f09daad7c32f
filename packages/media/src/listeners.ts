/** Called with what a listener threw; the tick goes on. */
export type ErrorReporter = (error: unknown) => void;

/** Functions to call with each value. One that throws is reported and disturbs nobody else. */
export class Listeners<T> {
  readonly #report: ErrorReporter;
  /** Replaced, never changed, so that a listener may remove itself while being called. */
  #listeners: readonly ((value: T) => void)[] = [];

  constructor(report: ErrorReporter) {
    this.#report = report;
  }

  get isEmpty(): boolean {
    return this.#listeners.length === 0;
  }

  /** Adds a listener; the returned function removes it. */
  add(listener: (value: T) => void): () => void {
    // A wrapper of its own lets the same function be added twice and removed once.
    const entry = (value: T): void => listener(value);
    this.#listeners = [...this.#listeners, entry];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== entry);
    };
  }

  emit(value: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(value);
      } catch (error) {
        this.#report(error);
      }
    }
  }

  clear(): void {
    this.#listeners = [];
  }
}
