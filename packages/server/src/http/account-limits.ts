import type { Sid } from '@tutti/ids';
import type { ActionContext } from '../actions/context.ts';
import { refusal } from '../base/app-error.ts';
import type { Clock } from '../base/clock.ts';
import type { Metrics } from '../base/metrics.ts';

export interface AccountLimitsOptions {
  /** Requests of one account under way at once; 0: as many as come. */
  readonly concurrentRequests: number;
  /** Requests of one account in a second, of which a second's worth may come at once; 0: as many as come. */
  readonly requestsPerSecond: number;
}

const noLimits: AccountLimitsOptions = { concurrentRequests: 0, requestsPerSecond: 0 };

/** What one account has under way. */
export interface Load {
  underWay: number;
  /** Requests it may still send at once, at `refilledAt`. */
  left: number;
  refilledAt: number;
}

/** How soon a request may have its turn that came while all turns were taken. */
const RETRY_AFTER_SEC = 1;

/**
 * How much one account may ask at once. There is one small entry for each account that ever asked, and only the
 * bearer of its credentials makes one.
 */
export class AccountLimits {
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #concurrent: number;
  readonly #perSecond: number;
  readonly #loads = new Map<Sid<'AC'>, Load>();

  constructor(
    { clock, metrics }: Pick<ActionContext, 'clock' | 'metrics'>,
    { concurrentRequests, requestsPerSecond }: AccountLimitsOptions = noLimits,
  ) {
    this.#clock = clock;
    this.#metrics = metrics;
    this.#concurrent = concurrentRequests;
    this.#perSecond = requestsPerSecond;
  }

  /** Requests under way, of all accounts. */
  get underWay(): number {
    let sum = 0;
    for (const load of this.#loads.values()) sum += load.underWay;
    return sum;
  }

  /**
   * Takes a request in; `leave` is owed for each, once.
   *
   * @throws RequestError tooManyRequests, taking nothing in.
   */
  enter(accountSid: Sid<'AC'>): Load {
    let load = this.#loads.get(accountSid);
    if (load === undefined) {
      load = { underWay: 0, left: this.#perSecond, refilledAt: this.#clock.elapsedMs() };
      this.#loads.set(accountSid, load);
    }
    if (this.#concurrent > 0 && load.underWay >= this.#concurrent) {
      this.#metrics.httpRefused.with('concurrency').inc();
      throw refusal(
        'tooManyRequests',
        {
          problem: `account ${accountSid} has ${load.underWay} requests under way, and ${this.#concurrent} are taken at once (TUTTI_CONCURRENT_REQUESTS). Wait for some to be answered, then send this one again.`,
        },
        { retryAfterSec: RETRY_AFTER_SEC },
      );
    }
    if (this.#perSecond > 0) this.#spend(accountSid, load);
    load.underWay += 1;
    return load;
  }

  leave(load: Load): void {
    load.underWay -= 1;
  }

  #spend(accountSid: Sid<'AC'>, load: Load): void {
    const now = this.#clock.elapsedMs();
    const sinceMs = now - load.refilledAt;
    load.left = Math.min(this.#perSecond, load.left + (sinceMs * this.#perSecond) / 1000);
    load.refilledAt = now;
    if (load.left < 1) {
      this.#metrics.httpRefused.with('rate').inc();
      const retryAfterSec = Math.ceil((1 - load.left) / this.#perSecond);
      throw refusal(
        'tooManyRequests',
        {
          problem: `account ${accountSid} sends more than ${this.#perSecond} requests a second (TUTTI_REQUESTS_PER_SECOND). Send this one again in ${retryAfterSec} s.`,
        },
        { retryAfterSec },
      );
    }
    load.left -= 1;
  }
}
