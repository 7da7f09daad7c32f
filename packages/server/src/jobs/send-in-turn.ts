import type { ActionContext } from '../actions/context.ts';
import { sleep } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Bus } from '../bus/bus.ts';
import type { SenderLock } from '../store/sender-lock.ts';
import { drainOutbox, type OutboxDrain } from './drain-outbox.ts';

/** How soon what other processes wrote, and that one of them is gone, is noticed. */
const LOOK_MS = 1000;

/**
 * The outbox of a database that several processes may be on: whoever holds the lock sends, and ends the calls of the
 * processes that are no more; the others wait for it. Nothing is sent before `start`.
 */
export class SendInTurn implements OutboxDrain {
  readonly #context: ActionContext;
  readonly #bus: Bus;
  readonly #lock: SenderLock;
  readonly #log: Log;
  readonly #recover: (nodes: readonly number[]) => Promise<void>;
  readonly #stop = new AbortController();
  #drain: OutboxDrain | undefined;
  #terms: Promise<void> = Promise.resolve();

  constructor(options: {
    readonly context: ActionContext;
    readonly bus: Bus;
    readonly lock: SenderLock;
    readonly log: Log;
    /** Ends what processes left behind that are not among `nodes`. */
    readonly recover: (nodes: readonly number[]) => Promise<void>;
  }) {
    this.#context = options.context;
    this.#bus = options.bus;
    this.#lock = options.lock;
    this.#log = options.log;
    this.#recover = options.recover;
  }

  /** Resolves when it is known whether this process begins. */
  async start(): Promise<void> {
    const lost = await this.#lock.tryHold();
    if (lost !== undefined) this.#begin();
    this.#terms = this.#takeTerms(lost);
  }

  readonly wake: OutboxDrain['wake'] = (entries) => this.#drain?.wake(entries);

  /** Whether this is the process that sends, and does what one process is enough for. */
  get isSending(): boolean {
    return this.#drain !== undefined;
  }

  receiversDown(accountSid: string): ReturnType<OutboxDrain['receiversDown']> {
    return this.#drain?.receiversDown(accountSid) ?? [];
  }

  async settled(): Promise<void> {
    await this.#drain?.settled();
  }

  async close(graceMs: number): Promise<void> {
    this.#stop.abort();
    await this.#drain?.close(graceMs);
    await this.#lock.close();
    await this.#terms;
  }

  /** Never rejects. */
  async #takeTerms(first: AbortSignal | undefined): Promise<void> {
    // Alone, this process hears of everything by its own commits, and nobody takes over.
    if (!this.#lock.isShared) return;
    let lost = first;
    while (!this.#stop.signal.aborted) {
      if (lost === undefined) {
        await sleep(this.#context.clock, LOOK_MS, this.#stop.signal);
        lost = await this.#lock.tryHold();
        continue;
      }
      await this.#serve(AbortSignal.any([lost, this.#stop.signal]));
      if (lost.aborted) await this.#end();
      lost = undefined;
    }
  }

  #begin(): OutboxDrain {
    const drain = drainOutbox({ context: this.#context, bus: this.#bus, log: this.#log });
    this.#drain = drain;
    drain.wake();
    return drain;
  }

  async #end(): Promise<void> {
    const drain = this.#drain;
    if (drain === undefined || this.#stop.signal.aborted) return;
    this.#log.warn({ node: this.#lock.node }, 'sending ends');
    this.#drain = undefined;
    await drain.close(0);
  }

  /** Until the term is over; never rejects. */
  async #serve(over: AbortSignal): Promise<void> {
    this.#log.info({ node: this.#lock.node }, 'sending begins');
    let known: readonly number[] | undefined;
    while (!over.aborted) {
      try {
        const nodes = await this.#lock.nodes();
        const areGone = known?.some((node) => !nodes.includes(node)) ?? true;
        if (areGone) await this.#recover(nodes);
        known = nodes;
      } catch (err) {
        // Looked again in a second.
        if (!over.aborted) this.#log.error({ err }, 'calls not recovered');
      }
      if (!over.aborted) (this.#drain ?? this.#begin()).wake();
      await sleep(this.#context.clock, LOOK_MS, over);
    }
  }
}
