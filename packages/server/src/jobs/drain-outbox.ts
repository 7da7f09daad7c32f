import { setMaxListeners } from 'node:events';
import { forgetNews } from '../actions/record-delivery.ts';
import type { ActionContext } from '../actions/context.ts';
import { afterPoll, sleep } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Bus } from '../bus/bus.ts';
import type { BusMessage } from '../model/bus-message.ts';
import { receiverOf, type Delivery } from '../model/delivery.ts';
import type { OutboxEntry } from '../model/outbox-entry.ts';
import { listPendingOf, listPendingOutbox, listPendingPlaces } from '../store/outbox.ts';
import { deliver, giveUp, RETRY_AFTER_MAX_MS, WAIT_MAX_MS } from './deliver.ts';
import { outlast, REST_MS } from './outlast.ts';
import { Turns, type ReceiverDown } from './turns.ts';

/** Entries read at a time. */
const BATCH = 200;
/** Numbers of entries read at a time. */
const PLACES_BATCH = 2000;
/** Entries held in memory, in all (but one of each key) and of one key; those beyond are read again in their turn. */
const HELD_MAX = 2000;
const HELD_OF_KEY_MAX = 50;
/** Webhooks under way at once to one receiver. */
const PARALLEL_MAX = 64;

export interface OutboxDrain {
  /** These were committed; without entries there may be something new. */
  readonly wake: (entries?: readonly OutboxEntry[]) => void;
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

/** The entries of one key, which are sent one after another. */
interface Lane {
  readonly key: string;
  readonly entries: OutboxEntry[];
  /** Numbers of those behind, which are read when their turn comes. */
  readonly later: number[];
}

class Drain implements OutboxDrain {
  readonly #context: ActionContext;
  readonly #bus: Bus;
  readonly #log: Log;
  readonly #lanes = new Map<string, Lane>();
  readonly #turns: Turns;
  readonly #stop = new AbortController();
  readonly #working = new Set<Promise<void>>();
  #held = 0;
  /** Nothing before is new. */
  #readUpTo = 0;
  #reading: Promise<void> | undefined;
  #again = false;
  #refilling: Promise<void> = Promise.resolve();

  constructor(context: ActionContext, bus: Bus, log: Log) {
    this.#context = context;
    this.#turns = new Turns(PARALLEL_MAX, context.clock, () => context.ids.fraction());
    this.#bus = bus;
    this.#log = log;
    // Every request under way listens to it.
    setMaxListeners(0, this.#stop.signal);
  }

  readonly wake = (entries?: readonly OutboxEntry[]): void => {
    if (this.#stop.signal.aborted || entries?.length === 0) return;
    if (this.#reading !== undefined) {
      this.#again = true;
      return;
    }
    // What follows directly on what was read needs no reading.
    if (entries?.[0]?.seq === this.#readUpTo + 1) {
      for (const entry of entries) this.#hold(entry);
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
      const entries = await listPendingOutbox(this.#context.db, this.#readUpTo, BATCH);
      for (const entry of entries) this.#hold(entry);
      if (entries.length === BATCH) await this.#readPlaces();
    } catch (err) {
      this.#log.error({ err }, 'outbox not readable');
      await sleep(this.#context.clock, REST_MS, this.#stop.signal);
      this.#again = true;
    }
  }

  /** Notes a backlog: nothing of it is sent soon. */
  async #readPlaces(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const places = await listPendingPlaces(this.#context.db, this.#readUpTo, PLACES_BATCH);
      for (const { seq, orderingKey } of places) this.#lane(orderingKey).later.push(seq);
      this.#readUpTo = places.at(-1)?.seq ?? this.#readUpTo;
      if (places.length < PLACES_BATCH) return;
      // A read blocks as long as it takes; requests go between two.
      await new Promise<void>(afterPoll);
    }
  }

  #hold(entry: OutboxEntry): void {
    this.#readUpTo = entry.seq;
    const { entries, later } = this.#lane(entry.orderingKey);
    const isFull = this.#held >= HELD_MAX || entries.length >= HELD_OF_KEY_MAX;
    if (isFull || later.length > 0) {
      later.push(entry.seq);
    } else {
      entries.push(entry);
      this.#held += 1;
    }
  }

  #lane(key: string): Lane {
    return this.#lanes.get(key) ?? this.#open(key);
  }

  #open(key: string): Lane {
    const lane: Lane = { key, entries: [], later: [] };
    this.#lanes.set(key, lane);
    const work = Promise.resolve()
      .then(() => this.#run(lane))
      .finally(() => this.#working.delete(work));
    this.#working.add(work);
    return lane;
  }

  /** Works one lane off, over any failure of the database; never rejects. */
  async #run(lane: Lane): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const entry = lane.entries[0];
      if (entry === undefined) {
        if (lane.later.length === 0) break;
        await this.#refill(lane);
        continue;
      }
      try {
        await this.#send(entry);
      } catch (err) {
        // A bug, or a database that fails while we stop: still pending, it is sent again at the next start.
        this.#log.error({ err, seq: entry.seq }, 'outbox entry failed');
      }
      lane.entries.shift();
      this.#held -= 1;
    }
    this.#lanes.delete(lane.key);
  }

  /** Takes the next entries of a lane into memory, one lane after another. Never rejects. */
  #refill(lane: Lane): Promise<void> {
    this.#refilling = this.#refilling.then(async () => {
      // A read blocks as long as it takes; requests go between two.
      await new Promise<void>(afterPoll);
      await this.#readOn(lane);
    });
    return this.#refilling;
  }

  async #readOn({ entries, later }: Lane): Promise<void> {
    const room = Math.min(HELD_OF_KEY_MAX, HELD_MAX - this.#held);
    const next = later.slice(0, Math.max(1, room));
    try {
      const read = await outlast(this.#context, this.#stop.signal, () =>
        listPendingOf(this.#context.db, next),
      );
      entries.push(...read);
      this.#held += read.length;
      later.splice(0, next.length);
    } catch (err) {
      // A bug, or a database that fails while we stop: still pending, they are sent at the next start.
      this.#log.error({ err }, 'outbox not readable');
      later.length = 0;
    }
  }

  async #send(entry: OutboxEntry): Promise<void> {
    if (entry.kind === 'bus') {
      const news = JSON.parse(entry.payload) as BusMessage;
      await outlast(this.#context, this.#stop.signal, () => this.#bus.publish(news));
      await outlast(this.#context, this.#stop.signal, () => forgetNews(this.#context, entry));
      return;
    }
    const delivery = JSON.parse(entry.payload) as Delivery;
    let current: OutboxEntry | undefined = entry;
    while (current !== undefined && !this.#stop.signal.aborted) {
      const waitMs = this.#pauseBefore(current);
      if (waitMs > 0) await sleep(this.#context.clock, waitMs, this.#stop.signal);
      current = await this.#inTurn(current, delivery);
    }
  }

  /** No longer than any pause is: were the machine's clock set back, the instant would be far off. */
  #pauseBefore({ attempts, dateAvailable }: OutboxEntry): number {
    if (attempts === 0) return 0;
    return Math.min(dateAvailable - this.#context.clock.now(), RETRY_AFTER_MAX_MS);
  }

  async #inTurn(entry: OutboxEntry, delivery: Delivery): Promise<OutboxEntry | undefined> {
    const receiver = `${entry.accountSid} ${receiverOf(delivery)}`;
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
