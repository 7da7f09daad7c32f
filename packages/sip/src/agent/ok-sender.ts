import type { SipClock } from '../clock.ts';
import type { SipRequest } from '../message/message.ts';
import { PATIENCE, type SipTiming } from '../transaction/machine.ts';

/** What became of a 2xx of ours. */
export type OkOutcome =
  | { readonly type: 'ack'; readonly request: SipRequest }
  | { readonly type: 'no-ack' }
  /** The dialog ended first. */
  | { readonly type: 'ended' };

export interface OkOptions {
  /** The CSeq of the INVITE, which its ACK has too. */
  readonly seq: number;
  readonly send: () => void;
  readonly done: (outcome: OkOutcome) => void;
}

interface Pending {
  readonly seq: number;
  readonly settle: (outcome: OkOutcome) => void;
}

/**
 * Repeats a dialog's 2xx to INVITE until its ACK comes, over any transport: RFC 3261 §13.3.1.4.
 * From T1 doubling up to T2; given up after 64*T1.
 */
export class OkSender {
  readonly #clock: SipClock;
  readonly #timing: SipTiming;
  #pending: Pending | undefined;
  #settled: Promise<void> = Promise.resolve();

  constructor(clock: SipClock, timing: SipTiming) {
    this.#clock = clock;
    this.#timing = timing;
  }

  get pending(): boolean {
    return this.#pending !== undefined;
  }

  /** Resolves when no 2xx waits for its ACK. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  start(options: OkOptions): void {
    const { t1Ms, t2Ms } = this.#timing;
    let intervalMs = t1Ms;
    let stopRepeat = (): void => undefined;
    const again = (): void => {
      options.send();
      intervalMs = Math.min(intervalMs * 2, t2Ms);
      stopRepeat = this.#clock.after(intervalMs, again);
    };
    options.send();
    stopRepeat = this.#clock.after(intervalMs, again);
    const stopPatience = this.#clock.after(PATIENCE * t1Ms, () => {
      this.#settle({ type: 'no-ack' });
    });
    this.#settled = new Promise((resolve) => {
      this.#pending = {
        seq: options.seq,
        settle: (outcome) => {
          stopRepeat();
          stopPatience();
          resolve();
          options.done(outcome);
        },
      };
    });
  }

  onAck(request: SipRequest, seq: number): void {
    if (this.#pending?.seq === seq) this.#settle({ type: 'ack', request });
  }

  /** The dialog is over: nothing is repeated any more. */
  end(): void {
    this.#settle({ type: 'ended' });
  }

  #settle(outcome: OkOutcome): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.settle(outcome);
  }
}
