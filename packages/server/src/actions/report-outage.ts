import { alertText, type OutletError } from '../base/app-error.ts';
import { sleep, type Instant } from '../base/clock.ts';
import { catalogue } from '../base/error-catalogue.ts';
import { findMainAccount } from '../store/accounts.ts';
import type { ActionContext } from './context.ts';
import { addAlert } from './raise-alert.ts';

/** How often a failed database is tried. */
const PROBE_MS = 1000;
/** A full disk may take an alert and nothing larger: failures this soon after the alert are of the same outage. */
const QUIET_MS = 60_000;

/**
 * Says in the log that the database fails, once for each outage, and raises one alert as soon as it works again:
 * while it does not, there is nowhere to keep one.
 */
export class OutageReport {
  readonly #context: ActionContext;
  readonly #stop = new AbortController();
  #watching: Promise<void> | undefined;
  #quietUntilMs = -Infinity;

  constructor(context: ActionContext) {
    this.#context = context;
  }

  /** To be called for each failure. */
  readonly failed = (error: OutletError): void => {
    const { clock } = this.#context;
    const isQuiet = clock.elapsedMs() < this.#quietUntilMs;
    if (this.#watching !== undefined || this.#stop.signal.aborted || isQuiet) return;
    this.#context.log.error({ err: error }, 'database failed');
    this.#watching = this.#watch(error, clock.now());
  };

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  /** Never rejects. */
  async #watch(error: OutletError, since: Instant): Promise<void> {
    const { clock, log } = this.#context;
    const startedMs = clock.elapsedMs();
    for (;;) {
      await sleep(clock, PROBE_MS, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      try {
        await this.#raise(error, since);
        break;
      } catch (err) {
        log.debug({ err }, 'database still failing');
      }
    }
    log.warn({ durationMs: clock.elapsedMs() - startedMs }, 'database works again');
    this.#quietUntilMs = clock.elapsedMs() + QUIET_MS;
    this.#watching = undefined;
  }

  async #raise(error: OutletError, since: Instant): Promise<void> {
    const { clock, transact } = this.#context;
    await transact(async (tx) => {
      const account = await findMainAccount(tx);
      if (account === undefined) return;
      const [from, to] = [since, clock.now()].map((instant) => new Date(instant).toISOString());
      await addAlert(tx, this.#context, {
        accountSid: account.sid,
        errorCode: catalogue.unavailable.code,
        level: 'error',
        text: alertText('unavailable', {
          problem: `the database failed from ${from ?? ''} to ${to ?? ''}, and requests were answered 503. It works again. The reason given: ${error.message}`,
        }),
      });
    });
  }
}
