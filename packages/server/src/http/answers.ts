import { afterPoll } from '../base/clock.ts';

/**
 * Lets answers leave together, once everything the sockets hold at this moment has been read. A client that waits for
 * each one is otherwise woken for each one, which costs both sides more than the answer.
 */
export class Answers {
  #ready: (() => void)[] = [];

  readonly send = (answer: () => void): void => {
    this.#ready.push(answer);
    if (this.#ready.length === 1) afterPoll(this.#go);
  };

  readonly #go = (): void => {
    const ready = this.#ready;
    this.#ready = [];
    for (const answer of ready) answer();
  };
}
