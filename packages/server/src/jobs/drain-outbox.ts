import { setMaxListeners } from 'node:events';
import { forgetNews } from '../actions/record-delivery.ts';
import type { ActionContext } from '../actions/context.ts';
import { afterPoll, sleep } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Bus } from '../bus/bus.ts';
import type { BusMessage } from '../model/bus-message.ts';
import { receiverOf, type Delivery } from '../model/delivery.ts';
import type { OutboxEntry } from '../model/outbox-entry.ts';
import { listPendingKeys, listPendingOfKey, listPendingOutbox } from '../store/outbox.ts';
import { deliver, giveUp, RETRY_AFTER_MAX_MS, WAIT_MAX_MS } from './deliver.ts';
import { outlast, REST_MS } from './outlast.ts';
import { Turns, type ReceiverDown } from './turns.ts';

/** Entries read at a time. */
const BATCH = 200;
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
  /** How far entries were taken into memory. */
  readTo: number;
  /** The last entry there is; those between are read when their turn comes. */
  knownTo: number;
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
  /** Undefined until the outbox was looked through for what an earlier process left. */
  #readUpTo: number | undefined;
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
    if (this.#readUpTo !== undefined && entries?.[0]?.seq === this.#readUpTo + 1) {
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
      this.#readUpTo ??= await this.#findLeft();
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

  /** Opens a lane for each key that an earlier process left entries of; returns how far that goes. */
  async #findLeft(): Promise<number> {
    const { readUpTo, keys } = await listPendingKeys(this.#context.db);
    for (const { orderingKey, last } of keys) this.#open(orderingKey, 0).knownTo = last;
    return readUpTo;
  }

  #hold(entry: OutboxEntry): void {
    this.#readUpTo = entry.seq;
    const lane = this.#lanes.get(entry.orderingKey) ?? this.#open(entry.orderingKey, entry.seq - 1);
    const isCut = lane.knownTo > lane.readTo;
    lane.knownTo = entry.seq;
    if (isCut || this.#held >= HELD_MAX || lane.entries.length >= HELD_OF_KEY_MAX) return;
    this.#take(lane, entry);
  }

  #take(lane: Lane, entry: OutboxEntry): void {
    lane.entries.push(entry);
    lane.readTo = entry.seq;
    this.#held += 1;
  }

  #open(key: string, readTo: number): Lane {
    const lane: Lane = { key, entries: [], readTo, knownTo: readTo };
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
        if (lane.knownTo <= lane.readTo) break;
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

  async #readOn(lane: Lane): Promise<void> {
    const { key: orderingKey, readTo: afterSeq } = lane;
    const upToSeq = this.#readUpTo ?? lane.knownTo;
    const room = Math.min(HELD_OF_KEY_MAX, HELD_MAX - this.#held);
    const limit = Math.max(1, room);
    const wanted = { orderingKey, afterSeq, upToSeq, limit };
    try {
      const entries = await outlast(this.#context, this.#stop.signal, () =>
        listPendingOfKey(this.#context.db, wanted),
      );
      for (const entry of entries) this.#take(lane, entry);
      if (entries.length < limit) lane.readTo = upToSeq;
    } catch (err) {
      // A bug, or a database that fails while we stop: still pending, they are sent at the next start.
      this.#log.error({ err }, 'outbox not readable');
      lane.readTo = upToSeq;
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
