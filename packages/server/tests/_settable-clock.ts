import { FakeClock } from '@tutti/sip';
import type { Clock } from '../src/base/clock.ts';

const START = Date.parse('2026-11-22T12:00:00Z');

/** Time that passes when told to, and a calendar's clock that is set by itself, as an operator or NTP does. */
export class SettableClock extends FakeClock implements Clock {
  #setMs = 0;

  override now(): number {
    return START + super.now() + this.#setMs;
  }

  override elapsedMs(): number {
    return super.now();
  }

  /** Sets the calendar's clock on, or back; no time passes. */
  set(byMs: number): void {
    this.#setMs += byMs;
  }
}
