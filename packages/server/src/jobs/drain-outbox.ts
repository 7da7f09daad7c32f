import { forgetNews } from '../actions/record-delivery.ts';
import type { ActionContext } from '../actions/context.ts';
import { sleep } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Bus } from '../bus/bus.ts';
import type { BusMessage } from '../model/bus-message.ts';
import type { Delivery } from '../model/delivery.ts';
import type { OutboxEntry } from '../model/outbox-entry.ts';
import { listPendingOutbox } from '../store/outbox.ts';
import { deliver } from './deliver.ts';

/** Entries read at a time, and held in memory at most. */
const BATCH = 200;
const HELD_MAX = 2000;
/** Webhooks under way at once. */
const PARALLEL_MAX = 64;
/** How long reading waits after the database failed. */
const REST_MS = 1000;

export interface OutboxDrain {
  /** There may be something new. */
  readonly wake: () => void;
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

class Drain implements OutboxDrain {
  readonly #context: ActionContext;
  readonly #bus: Bus;
  readonly #log: Log;
  readonly #lanes = new Map<string, OutboxEntry[]>();
  readonly #stop = new AbortController();
  readonly #working = new Set<Promise<void>>();
  readonly #free: (() => void)[] = [];
  #parallel = 0;
  #held = 0;
  #readUpTo = 0;
  #reading: Promise<void> | undefined;
  #again = false;

  constructor(context: ActionContext, bus: Bus, log: Log) {
    this.#context = context;
    this.#bus = bus;
    this.#log = log;
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

  async settled(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.wake();
      await this.#reading;
      if (this.#working.size === 0 && !this.#again) return;
      await Promise.race(this.#working);
    }
  }

  async close(graceMs: number): Promise<void> {
    const grace = new AbortController();
    await Promise.race([this.settled(), sleep(this.#context.clock, graceMs, grace.signal)]);
    grace.abort();
    this.#stop.abort();
    for (const free of this.#free.splice(0)) free();
    await this.#reading;
    await Promise.all(this.#working);
  }

  async #read(): Promise<void> {
    try {
      while (this.#held < HELD_MAX && !this.#stop.signal.aborted) {
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
    this.#held += 1;
    const key = laneOf(entry);
    const lane = this.#lanes.get(key);
    if (lane !== undefined) {
      lane.push(entry);
      return;
    }
    const entries = [entry];
    this.#lanes.set(key, entries);
    const work = this.#run(key, entries).finally(() => this.#working.delete(work));
    this.#working.add(work);
  }

  /** Works one lane off; never rejects. */
  async #run(key: string, entries: OutboxEntry[]): Promise<void> {
    for (;;) {
      const entry = entries[0];
      if (entry === undefined || this.#stop.signal.aborted) break;
      try {
        await this.#send(entry);
      } catch (err) {
        // The entry is still pending and is sent again at the next start.
        this.#log.error({ err, seq: entry.seq }, 'outbox entry failed');
      }
      entries.shift();
      this.#held -= 1;
    }
    this.#lanes.delete(key);
    if (this.#held < HELD_MAX / 2) this.wake();
  }

  async #send(entry: OutboxEntry): Promise<void> {
    if (entry.kind === 'bus') {
      this.#bus.publish(JSON.parse(entry.payload) as BusMessage);
      await forgetNews(this.#context, entry);
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
    while (this.#parallel >= PARALLEL_MAX) {
      await new Promise<void>((resolve) => this.#free.push(resolve));
    }
    if (this.#stop.signal.aborted) return undefined;
    this.#parallel += 1;
    try {
      return await deliver(this.#context, entry, delivery, this.#stop.signal);
    } finally {
      this.#parallel -= 1;
      this.#free.shift()?.();
    }
  }
}

function laneOf(entry: OutboxEntry): string {
  if (entry.kind === 'bus') return `bus ${entry.orderingKey}`;
  const { url } = JSON.parse(entry.payload) as Delivery;
  const receiver = URL.canParse(url) ? new URL(url).host : url;
  return `${receiver} ${entry.orderingKey}`;
}
