import { Phone, type PhoneCall, type RingingPhone } from '../../src/index.ts';
import type { Random } from './_random.ts';
import { OURS } from './_setting.ts';

/** What the called phone does: talks until it is cut off, hangs up soon, refuses, or rings on. */
const manners = ['holds', 'leaves', 'refuses', 'rings'] as const;
type Manner = (typeof manners)[number];

/** Calls under way at once: sound needs a core of its own. */
const LIVE_MAX = 4;

/** A call that was asked for, by REST or by a phone that dials in. */
export interface PlacedCall {
  readonly mark: string;
  readonly isInbound: boolean;
  readonly manner: Manner;
  readonly to: string;
  /** Known once the request was acknowledged. */
  sid: string | undefined;
  /** Whether the phone said that it rings, was in the call, or saw its end. */
  seen: 'nothing' | 'ringing' | 'answered' | 'over';
  /** Whether the server died in the middle of it, without a word to the phone. */
  isCut: boolean;
}

/** The phones that are called and that call. */
export class Phones implements AsyncDisposable {
  readonly calls: PlacedCall[] = [];
  readonly #callee: Phone;
  readonly #byMark = new Map<string, PlacedCall>();
  readonly #live = new Map<PlacedCall, PhoneCall | RingingPhone>();
  readonly #closing = new Set<Promise<void>>();
  /** Nobody answers any more what is being dialled. */
  #cut = new AbortController();

  private constructor(callee: Phone) {
    this.#callee = callee;
  }

  static async open(): Promise<Phones> {
    const incoming: { take?: (call: RingingPhone) => void } = {};
    const callee = await Phone.open({
      number: 'callee',
      onIncoming: (call) => incoming.take?.(call),
    });
    const phones = new Phones(callee);
    incoming.take = (call) => void phones.#take(call);
    return phones;
  }

  /** A call that the server is about to be asked for; undefined while there are enough. */
  place(mark: string, random: Random): PlacedCall | undefined {
    if (this.#live.size >= LIVE_MAX) return undefined;
    const manner = random.pick(manners);
    const to = this.#callee.uri.replace('callee@', `${manner}@`);
    return this.#remember({ mark, isInbound: false, manner, to });
  }

  /** Calls our number from a phone that only does that; the call is there if it was answered. */
  async dialIn(server: string, mark: string, manner: 'holds' | 'leaves'): Promise<void> {
    const call = this.#remember({ mark, isInbound: true, manner, to: OURS });
    const phone = await Phone.open({ number: mark, server });
    const { signal } = this.#cut;
    const answered = await phone.dial(OURS, { signal }).catch(() => undefined);
    if (answered !== undefined) await this.#talk(call, answered);
    this.#close(phone.close());
  }

  /** The server is dead, suddenly or not: what is live is over for the phones too. */
  async cut({ suddenly }: { readonly suddenly: boolean }): Promise<void> {
    // What it sent last has been read then.
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const [call, live] of this.#live) {
      call.isCut = suddenly;
      if ('hangUp' in live) this.#close(live.hangUp());
      else live.reject(480);
    }
    this.#live.clear();
    this.#cut.abort();
    this.#cut = new AbortController();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#closing);
    await this.#callee.close();
  }

  #remember(call: Pick<PlacedCall, 'mark' | 'isInbound' | 'manner' | 'to'>): PlacedCall {
    const placed: PlacedCall = { ...call, sid: undefined, seen: 'nothing', isCut: false };
    this.calls.push(placed);
    this.#byMark.set(call.mark, placed);
    return placed;
  }

  /** Behaves as the called one does. */
  async #take(ringing: RingingPhone): Promise<void> {
    const call = this.#byMark.get(ringing.from);
    if (call === undefined) {
      ringing.reject(404);
      return;
    }
    call.seen = 'ringing';
    if (call.manner === 'refuses') {
      call.seen = 'over';
      ringing.reject();
      return;
    }
    ringing.ring();
    if (call.manner === 'rings') {
      this.#live.set(call, ringing);
      await ringing.canceled;
      this.#over(call);
      return;
    }
    // A server that is killed between our answer and its ACK has no call any more.
    const answered = await ringing.answer().catch(() => undefined);
    if (answered !== undefined) await this.#talk(call, answered);
  }

  async #talk(call: PlacedCall, answered: PhoneCall): Promise<void> {
    call.seen = 'answered';
    this.#live.set(call, answered);
    if (call.manner === 'leaves') {
      await new Promise((resolve) => setTimeout(resolve, 60));
      if (!call.isCut) this.#live.delete(call);
      this.#close(answered.hangUp());
    }
    await answered.ended;
    this.#over(call);
  }

  #over(call: PlacedCall): void {
    if (call.isCut) return;
    call.seen = 'over';
    this.#live.delete(call);
  }

  #close(closed: Promise<void>): void {
    const closing = closed.catch(() => undefined).finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
