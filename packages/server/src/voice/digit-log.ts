import type { Clock } from '../base/clock.ts';

/** Keys with less than this between them are told as one. */
const PAUSE_MS = 2000;
/** A run that comes to so many is told as it is. */
const RUN_MAX = 64;

/** Gathers the keys of a caller into runs: a pause, `#` or its length ends one. */
export class DigitLog {
  readonly #clock: Clock;
  readonly #tell: (digits: string) => void;
  #digits = '';
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, tell: (digits: string) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  push(digit: string): void {
    this.#cancel?.();
    this.#digits += digit;
    if (digit === '#' || this.#digits.length === RUN_MAX) this.flush();
    else this.#cancel = this.#clock.after(PAUSE_MS, () => this.flush());
  }

  /** Tells what is there now. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const digits = this.#digits;
    this.#digits = '';
    if (digits !== '') this.#tell(digits);
  }
}
