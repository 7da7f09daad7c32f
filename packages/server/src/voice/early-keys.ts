/** Keys for somebody who may come to ask for them; who presses more has not waited to be asked. */
const KEYS_MAX = 64;

/** The first keys of a caller, until they are taken. */
export class EarlyKeys {
  #keys: string | undefined = '';

  push(key: string): void {
    if (this.#keys !== undefined && this.#keys.length < KEYS_MAX) this.#keys += key;
  }

  /** Once: later keys are not kept. */
  take(): string {
    const keys = this.#keys ?? '';
    this.#keys = undefined;
    return keys;
  }
}
