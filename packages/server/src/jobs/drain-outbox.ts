import { setMaxListeners } from 'node:events';
import { forgetNews } from '../actions/record-delivery.ts';
import type { ActionContext } from '../actions/context.ts';
import { sleep } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Bus } from '../bus/bus.ts';
import type { BusMessage } from '../model/bus-message.ts';
import type { Delivery } from '../model/delivery.ts';
import type { OutboxEntry } from '../model/outbox-entry.ts';
import { findOutboxEntry, listPendingOutbox } from '../store/outbox.ts';
import { deliver, giveUp, hostOf, WAIT_MAX_MS } from './deliver.ts';
import { outlast, REST_MS } from './outlast.ts';
import { Turns, type ReceiverDown } from './turns.ts';

/** Entries read at a time, and held in memory at most; of those beyond, only the number is. */
const BATCH = 200;
const HELD_MAX = 2000;
/** Webhooks under way at once to one receiver. */
const PARALLEL_MAX = 64;

export interface OutboxDrain {
  /** There may be something new. */
  readonly wake: () => void;
  /** Receivers of the account to which nothing is sent for the moment, by host. */
  receiversDown(accountSid: string): ReceiverDown[];
  /** Resolves when everything written so far is sent, or given up. */
  settled(): Promise<void>;
  /** Sends on for up to `graceMs`, then stops; what is not sent stays in the outbox for the next start. */
  close(graceMs: number): Promise<void>;
}

/**
 * Sends what the outbox holds: news to the bus, webhooks to the customer. Entries of one key and one receiver
 * go one after another, in order; everything else in parallel, so that a slow receiver delays only itself. Nothing
 * is read before the first `wake`.
 */
export function drainOutbox(options: {
  readonly context: ActionContext;
  readonly bus: Bus;
  readonly log: Log;
}): OutboxDrain {
  return new Drain(options.context, options.bus, options.log);
}

/** An entry, or the number of one that is read again in its turn: a receiver that is down keeps nobody waiting. */
type Held = OutboxEntry | OutboxEntry['seq'];

class Drain implements OutboxDrain {
  readonly #context: ActionContext;
  readonly #bus: Bus;
  readonly #log: Log;
  readonly #lanes = new Map<string, Held[]>();
  readonly #turns: Turns;
  readonly #stop = new AbortController();
  readonly #working = new Set<Promise<void>>();
  #held = 0;
  #readUpTo = 0;
  #reading: Promise<void> | undefined;
  #again = false;

  constructor(context: ActionContext, bus: Bus, log: Log) {
    this.#context = context;
    this.#turns = new Turns(PARALLEL_MAX, context.clock, () => context.ids.fraction());
    this.#bus = bus;
    this.#log = log;
    // Every request under way listens to it.
    setMaxListeners(0, this.#stop.signal);
  }

  readonly wake = (): void => {
    if (this.#stop.signal.aborted) return;
    if (this.#reading !== undefined) {
      this.#again = true;
      return;
    }
    this.#reading = this.#read().finally(() => {
      this.#reading = undefined;
      if (this.#again) {
        this.#again = false;
        this.wake();
      }
    });
  };

  receiversDown(accountSid: string): ReceiverDown[] {
    const prefix = `${accountSid} `;
    return this.#turns.down
      .filter(({ receiver }) => receiver.startsWith(prefix))
      .map((down) => ({ ...down, receiver: down.receiver.slice(prefix.length) }));
  }

  async settled(): Promise<void> {
    this.wake();
    while (!this.#stop.signal.aborted) {
      const underWay = [...this.#working, ...(this.#reading === undefined ? [] : [this.#reading])];
      if (underWay.length === 0) return;
      await Promise.race(underWay);
    }
  }

  async close(graceMs: number): Promise<void> {
    const grace = new AbortController();
    await Promise.race([this.settled(), sleep(this.#context.clock, graceMs, grace.signal)]);
    grace.abort();
    this.#stop.abort();
    this.#turns.close();
    await this.#reading;
    await Promise.all(this.#working);
  }

  async #read(): Promise<void> {
    try {
      while (!this.#stop.signal.aborted) {
        const entries = await listPendingOutbox(this.#context.db, this.#readUpTo, BATCH);
        for (const entry of entries) this.#hold(entry);
        if (entries.length < BATCH) return;
      }
    } catch (err) {
      this.#log.error({ err }, 'outbox not readable');
      await sleep(this.#context.clock, REST_MS, this.#stop.signal);
      this.#again = true;
    }
  }

  #hold(entry: OutboxEntry): void {
    this.#readUpTo = entry.seq;
    const whole = this.#held < HELD_MAX;
    if (whole) this.#held += 1;
    const held = whole ? entry : entry.seq;
    const key = laneOf(entry);
    const lane = this.#lanes.get(key);
    if (lane !== undefined) {
      lane.push(held);
      return;
    }
    const entries = [held];
    this.#lanes.set(key, entries);
    const work = this.#run(key, entries).finally(() => this.#working.delete(work));
    this.#working.add(work);
  }

  /** Works one lane off, over any failure of the database; never rejects. */
  async #run(key: string, entries: Held[]): Promise<void> {
    for (;;) {
      const held = entries[0];
      if (held === undefined || this.#stop.signal.aborted) break;
      try {
        const entry = await this.#whole(held);
        if (entry !== undefined) await this.#send(entry);
      } catch (err) {
        // A bug, or a database that fails while we stop: still pending, it is sent again at the next start.
        const seq = typeof held === 'number' ? held : held.seq;
        this.#log.error({ err, seq }, 'outbox entry failed');
      }
      entries.shift();
      if (typeof held !== 'number') this.#held -= 1;
    }
    this.#lanes.delete(key);
  }

  async #whole(held: Held): Promise<OutboxEntry | undefined> {
    if (typeof held !== 'number') return held;
    return outlast(this.#context, this.#stop.signal, () => findOutboxEntry(this.#context.db, held));
  }

  async #send(entry: OutboxEntry): Promise<void> {
    if (entry.kind === 'bus') {
      await this.#bus.publish(JSON.parse(entry.payload) as BusMessage);
      await outlast(this.#context, this.#stop.signal, () => forgetNews(this.#context, entry));
      return;
    }
    const delivery = JSON.parse(entry.payload) as Delivery;
    let current: OutboxEntry | undefined = entry;
    while (current !== undefined && !this.#stop.signal.aborted) {
      const waitMs = current.dateAvailable - this.#context.clock.now();
      if (waitMs > 0) await sleep(this.#context.clock, waitMs, this.#stop.signal);
      current = await this.#inTurn(current, delivery);
    }
  }

  async #inTurn(entry: OutboxEntry, delivery: Delivery): Promise<OutboxEntry | undefined> {
    const receiver = `${entry.accountSid} ${hostOf(delivery)}`;
    const turn = await this.#turns.take(receiver, entry.dateCreated + WAIT_MAX_MS);
    if (turn === undefined) {
      await giveUp(this.#context, entry, delivery, this.#stop.signal);
      return undefined;
    }
    try {
      if (this.#stop.signal.aborted) return undefined;
      return await deliver(this.#context, entry, delivery, turn, this.#stop.signal);
    } finally {
      turn.end();
    }
  }
}

function laneOf(entry: OutboxEntry): string {
  if (entry.kind === 'bus') return `bus ${entry.orderingKey}`;
  return `${hostOf(JSON.parse(entry.payload) as Delivery)} ${entry.orderingKey}`;
}
