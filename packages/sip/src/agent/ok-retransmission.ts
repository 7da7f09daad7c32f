import type { SipClock } from '../clock.ts';
import { PATIENCE, type SipTiming } from '../transaction/machine.ts';

/**
 * Repeats a 2xx to INVITE until its ACK comes, over any transport: RFC 3261 §13.3.1.4.
 * From T1 doubling up to T2; given up after 64*T1.
 */
export class OkRetransmission {
  readonly seq: number;
  readonly #stops: (() => void)[] = [];

  constructor(
    clock: SipClock,
    timing: SipTiming,
    options: {
      readonly seq: number;
      readonly resend: () => void;
      readonly onGiveUp: () => void;
    },
  ) {
    this.seq = options.seq;
    let intervalMs = timing.t1Ms;
    let stopRepeat = (): void => undefined;
    const again = (): void => {
      options.resend();
      intervalMs = Math.min(intervalMs * 2, timing.t2Ms);
      stopRepeat = clock.after(intervalMs, again);
    };
    stopRepeat = clock.after(intervalMs, again);
    const stopPatience = clock.after(PATIENCE * timing.t1Ms, () => {
      this.stop();
      options.onGiveUp();
    });
    this.#stops.push(() => {
      stopRepeat();
      stopPatience();
    });
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }
}
