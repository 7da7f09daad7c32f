import { createHash } from 'node:crypto';
import type { ActionContext } from '../actions/context.ts';
import { refusal, RequestError } from '../base/app-error.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Counter } from '../base/prometheus.ts';
import type { Authenticator, Caller } from './auth.ts';
import { networkOf } from '../base/client-network.ts';

/** Wrong credentials from one address at once; then one more each second. */
const WRONG_MAX = 60;
const FORGIVEN_PER_SEC = 1;
const ADDRESSES_MAX = 10_000;
const GOOD_MAX = 1000;

interface Guesses {
  count: number;
  at: number;
}

/**
 * Asks the authenticator, but not for an address that has sent many wrong credentials: guessing is slow, and costs the
 * database nothing. Credentials that were right before are checked even then, so that one program with an old token
 * locks nobody out who shares its address.
 */
export class LoginGuard {
  readonly #authenticator: Pick<Authenticator, 'authenticate'>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #refused: Counter;
  /** The longest known address first. */
  readonly #guesses = new Map<string, Guesses>();
  /** Digests of headers that were right. */
  readonly #good = new Set<string>();

  constructor(
    authenticator: Pick<Authenticator, 'authenticate'>,
    { clock, metrics, log }: Pick<ActionContext, 'clock' | 'metrics' | 'log'>,
  ) {
    this.#authenticator = authenticator;
    this.#clock = clock;
    this.#log = log;
    this.#refused = metrics.httpRefused.with('credentials');
  }

  /** @throws RequestError authenticate; tooManyRequests without looking at the credentials. */
  async authenticate(header: string | undefined, address: string | undefined): Promise<Caller> {
    // Without credentials nothing is guessed, and nothing looked up.
    if (header === undefined) return this.#authenticator.authenticate(header);
    const network = networkOf(address ?? '');
    const guesses = this.#guessesOf(network);
    const digest = createHash('sha256').update(header).digest('base64url');
    if (guesses.count >= WRONG_MAX && !this.#good.has(digest)) this.#refuse(network);
    // Counted before they are checked: many may be on their way at once.
    guesses.count += 1;
    if (guesses.count === WRONG_MAX) {
      this.#log.warn({ network }, 'too many wrong credentials');
    }
    let wrong = false;
    try {
      const caller = await this.#authenticator.authenticate(header);
      if (this.#good.size >= GOOD_MAX) this.#good.clear();
      this.#good.add(digest);
      return caller;
    } catch (error) {
      wrong = error instanceof RequestError && error.errorName === 'authenticate';
      throw error;
    } finally {
      if (!wrong) guesses.count -= 1;
    }
  }

  /** To be called when credentials changed: those that were right may open nothing. */
  forget(): void {
    this.#good.clear();
  }

  #guessesOf(network: string): Guesses {
    const now = this.#clock.elapsedMs();
    let guesses = this.#guesses.get(network);
    if (guesses === undefined) {
      const [oldest] = this.#guesses.keys();
      if (this.#guesses.size >= ADDRESSES_MAX && oldest !== undefined) this.#guesses.delete(oldest);
      guesses = { count: 0, at: now };
      this.#guesses.set(network, guesses);
    }
    const forgiven = ((now - guesses.at) / 1000) * FORGIVEN_PER_SEC;
    guesses.count = Math.max(0, guesses.count - forgiven);
    guesses.at = now;
    return guesses;
  }

  #refuse(network: string): never {
    this.#refused.inc();
    throw refusal(
      'tooManyRequests',
      {
        problem: `${network} sent ${WRONG_MAX} wrong credentials, so these were not looked at; one more is each second. Credentials that worked before still do. Put the program right that sends wrong ones, then try again.`,
      },
      { retryAfterSec: 1 / FORGIVEN_PER_SEC },
    );
  }
}
