import { networkOf } from '../base/client-network.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';

/** Wrong passwords from one network at once; then one more each second. */
export const WRONG_MAX = 60;
const FORGIVEN_PER_MS = 1 / 1000;
const NETWORKS_MAX = 10_000;
const GOOD_MAX = 10_000;

interface Guesses {
  count: number;
  at: number;
  /** The log has it, until half of them are forgiven. */
  isTold: boolean;
}

/** `throttled`: the password was not looked at. */
export type PasswordChecked = 'right' | 'wrong' | 'throttled';

/**
 * Looks at SIP passwords, but not at those of a network that has sent many wrong ones: guessing is slow, and costs the
 * database nothing. A username that was right from there before is counted by itself, so that one phone with an old
 * password locks nobody out who shares its network.
 */
export class PasswordGuard {
  readonly #clock: Clock;
  readonly #log: Log;
  /** By network, or network and username. The longest known first. */
  readonly #guesses = new Map<string, Guesses>();
  /** Networks with usernames that were right. */
  readonly #good = new Set<string>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** `host`: where the request came from. `user`: with the domain it is of, so that it is nobody else's. */
  async check(
    host: string,
    user: string,
    isRight: () => Promise<boolean>,
  ): Promise<PasswordChecked> {
    const network = networkOf(host);
    const known = `${network} ${user}`;
    const guesses = this.#guessesOf(this.#good.has(known) ? known : network);
    if (guesses.count >= WRONG_MAX) {
      if (!guesses.isTold) this.#log.warn({ network, user }, 'too many wrong sip passwords');
      guesses.isTold = true;
      return 'throttled';
    }
    // Counted before it is checked: many may be on their way at once.
    guesses.count += 1;
    let isWrong = false;
    try {
      isWrong = !(await isRight());
    } finally {
      if (!isWrong) guesses.count -= 1;
    }
    if (isWrong) return 'wrong';
    if (this.#good.size >= GOOD_MAX) this.#good.clear();
    this.#good.add(known);
    return 'right';
  }

  #guessesOf(key: string): Guesses {
    const now = this.#clock.elapsedMs();
    let guesses = this.#guesses.get(key);
    if (guesses === undefined) {
      const [oldest] = this.#guesses.keys();
      if (this.#guesses.size >= NETWORKS_MAX && oldest !== undefined) this.#guesses.delete(oldest);
      guesses = { count: 0, at: now, isTold: false };
      this.#guesses.set(key, guesses);
    }
    const forgiven = (now - guesses.at) * FORGIVEN_PER_MS;
    guesses.count = Math.max(0, guesses.count - forgiven);
    guesses.at = now;
    if (guesses.count < WRONG_MAX / 2) guesses.isTold = false;
    return guesses;
  }
}
