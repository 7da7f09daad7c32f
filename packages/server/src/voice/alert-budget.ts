import type { Clock } from '../base/clock.ts';

/** Alerts of one kind at once; then one more each minute. */
export const ALERTS_MAX = 10;
const MINUTE_MS = 60_000;
const KINDS_MAX = 10_000;

/** Keeps whoever reaches the SIP port from filling an account's alerts: what is the same again is told but now and then. */
export class AlertBudget {
  readonly #clock: Clock;
  /** Alerts told and not yet made up for. The longest known first. */
  readonly #told = new Map<string, { count: number; at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether one more of that kind is to be told, which then counts. */
  take(kind: string): boolean {
    const now = this.#clock.elapsedMs();
    const told = this.#told.get(kind) ?? { count: 0, at: now };
    told.count = Math.max(0, told.count - (now - told.at) / MINUTE_MS);
    told.at = now;
    if (!this.#told.has(kind)) {
      const [oldest] = this.#told.keys();
      if (this.#told.size >= KINDS_MAX && oldest !== undefined) this.#told.delete(oldest);
      this.#told.set(kind, told);
    }
    if (told.count > ALERTS_MAX - 1) return false;
    told.count += 1;
    return true;
  }
}
