import { randomInt } from 'node:crypto';

import type { SipClock } from '../clock.ts';
import type { SipRequest } from '../message/message.ts';
import { PATIENCE, type SipTiming } from '../transaction/machine.ts';

interface Pending {
  readonly rseq: number;
  readonly stop: () => void;
}

export interface ReliableProvisionalOptions {
  readonly clock: SipClock;
  readonly timing: SipTiming;
  /** CSeq number of the INVITE. */
  readonly inviteSeq: number;
  /** No PRACK came in 64*T1. */
  readonly onGivenUp: () => void;
}

/** Repeats one provisional response after the other until its PRACK comes: RFC 3262 §3. */
export class ReliableProvisional {
  readonly #options: ReliableProvisionalOptions;
  /** The next one's; the first is random, so that no other call's PRACK fits: RFC 3262 §7.1. */
  #rseq = randomInt(1, 2 ** 31 - 1);
  #pending: Pending | undefined;
  /** What waits until the pending one is acknowledged. */
  #next: (() => void) | undefined;

  constructor(options: ReliableProvisionalOptions) {
    this.#options = options;
  }

  get pending(): boolean {
    return this.#pending !== undefined;
  }

  /** Sends it, or keeps it for when the one before is acknowledged; only the newest is kept. */
  send(transmit: (rseq: number) => void): void {
    this.whenAcknowledged(() => {
      this.#begin(transmit);
    });
  }

  /** Calls at once when nothing is pending, else after its PRACK. A later call takes its place. */
  whenAcknowledged(then: () => void): void {
    if (this.#pending === undefined) then();
    else this.#next = then;
  }

  /** True when that PRACK is for what is pending: RFC 3262 §3, "RAck". */
  onPrack(prack: SipRequest): boolean {
    const match = /^(\d{1,10})\s+(\d{1,10})\s+INVITE$/i.exec(prack.headers.get('rack') ?? '');
    const fits =
      this.#pending !== undefined &&
      Number(match?.[1]) === this.#pending.rseq &&
      Number(match?.[2]) === this.#options.inviteSeq;
    if (!fits) return false;
    this.#clear();
    return true;
  }

  /** What was kept for after the PRACK happens now. */
  proceed(): void {
    const next = this.#next;
    this.#next = undefined;
    next?.();
  }

  end(): void {
    this.#clear();
    this.#next = undefined;
  }

  // From T1, doubling without a ceiling: RFC 3262 §3.
  #begin(transmit: (rseq: number) => void): void {
    const { clock, timing, onGivenUp } = this.#options;
    const rseq = this.#rseq;
    this.#rseq += 1;
    let intervalMs = timing.t1Ms;
    let stopRepeat = (): void => undefined;
    const again = (): void => {
      transmit(rseq);
      intervalMs *= 2;
      stopRepeat = clock.after(intervalMs, again);
    };
    const stopPatience = clock.after(PATIENCE * timing.t1Ms, () => {
      this.end();
      onGivenUp();
    });
    this.#pending = {
      rseq,
      stop: () => {
        stopRepeat();
        stopPatience();
      },
    };
    stopRepeat = clock.after(intervalMs, again);
    transmit(rseq);
  }

  #clear(): void {
    this.#pending?.stop();
    this.#pending = undefined;
  }
}
