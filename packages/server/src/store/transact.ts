import type { Kysely } from 'kysely';
import { afterPoll, sleep, systemClock } from '../base/clock.ts';
import type { OutboxEntry } from '../model/outbox-entry.ts';
import { outboxBuffer, writeOutboxBuffer } from './outbox-buffer.ts';
import type { Schema } from './schema.ts';
import type { Committed, SqliteHandles } from './sqlite.ts';

declare const inTransaction: unique symbol;

/** A database handle whose writes are committed or undone as one. Only `actions/` are given one. */
export type Tx = Kysely<Schema> & { readonly [inTransaction]: true };

/**
 * Runs `action` in a transaction and resolves once what it wrote is durable. What it throws undoes all it
 * wrote and is thrown on. An action waits for nothing but the database: others are waiting behind it. It may be run
 * more than once, each time after all it wrote before was undone.
 */
export type Transact = <T>(action: (tx: Tx) => Promise<T>) => Promise<T>;

/**
 * Hears of the entries of the outbox that were committed, in the order of their `seq`, and by how many actions. Without
 * entries there may be some, and who wants to know reads.
 */
export type OnCommit = (entries: readonly OutboxEntry[] | undefined, actions: number) => void;

/** How long another program may hold the file before what waits has failed. */
const BUSY_MAX_MS = 5000;
const BUSY_PAUSE_MS = 20;

interface Waiting {
  run(): Promise<void>;
  resolve(): void;
  reject(reason: unknown): void;
}

/**
 * Group commit: the actions waiting at one moment share one BEGIN … COMMIT, so that one disk flush makes all of them
 * durable, and one that fails, fails alone. While the disk is flushed the next group runs; its actions see what those
 * before them wrote, and nobody is told of anything before it is on the disk.
 */
export class GroupCommit {
  readonly #handles: SqliteHandles;
  readonly #onCommit: OnCommit;
  #waiting: Waiting[] = [];
  #group: Promise<void> | undefined;
  /** Until the newest group is on the disk, and with it those before. */
  #flushing: Promise<void> = Promise.resolve();

  constructor(handles: SqliteHandles, onCommit: OnCommit) {
    this.#handles = handles;
    this.#onCommit = onCommit;
  }

  readonly transact: Transact = (action) => {
    const tx = this.#handles.writer as Tx;
    return new Promise((resolve, reject) => {
      let result: Awaited<ReturnType<typeof action>>;
      this.#waiting.push({
        run: async () => {
          result = await action(tx);
        },
        resolve: () => resolve(result),
        reject,
      });
      this.#group ??= this.#next();
    });
  };

  /** Resolves when nothing is waiting, being committed or flushed. */
  async settled(): Promise<void> {
    while (this.#group !== undefined) await this.#group;
    await this.#flushing;
  }

  async #next(): Promise<void> {
    // Requests that arrived together are read in one turn of the loop: let them all in before the group closes.
    await new Promise<void>((resolve) => afterPoll(resolve));
    const group = this.#waiting;
    this.#waiting = [];
    const commit = this.#commit(group);
    this.#handles.setBusy(commit);
    await commit;
    this.#handles.setBusy(undefined);
    this.#group = this.#waiting.length === 0 ? undefined : this.#next();
  }

  /** Never rejects: what goes wrong is told to the actions that waited. */
  async #commit(group: readonly Waiting[]): Promise<void> {
    const handles = this.#handles;
    let done: readonly Waiting[] = group;
    let entries: readonly OutboxEntry[];
    let committed: Committed;
    try {
      await this.#begin();
      const together = await this.#together(group);
      done = together.rest;
      if (together.spoilt) {
        handles.exec('ROLLBACK');
        this.#outbox.length = 0;
        await this.#begin();
        done = await this.#apart(done);
      }
      entries = await writeOutboxBuffer(handles.writer);
      committed = await handles.commit();
    } catch (error) {
      this.#rollback();
      for (const waiting of done) waiting.reject(error);
      return;
    }
    this.#flushing = this.#acknowledge(done, entries, committed);
  }

  /** Never rejects. */
  async #acknowledge(
    done: readonly Waiting[],
    entries: readonly OutboxEntry[],
    { flushed }: Committed,
  ): Promise<void> {
    try {
      await flushed;
    } catch (error) {
      for (const waiting of done) waiting.reject(error);
      // They are in the database and may be on the disk: what was written is told of, though nobody was answered.
      this.#onCommit(undefined, 0);
      return;
    }
    for (const waiting of done) waiting.resolve();
    this.#onCommit(entries, done.length);
  }

  /** Waits for another program that holds the file, and the event loop goes on meanwhile. */
  async #begin(): Promise<void> {
    if (this.#handles.areDoubtful()) await this.#flushing;
    for (let waitedMs = 0; !this.#handles.tryBegin(); waitedMs += BUSY_PAUSE_MS) {
      if (waitedMs >= BUSY_MAX_MS) {
        this.#handles.exec('BEGIN IMMEDIATE');
        return;
      }
      await sleep(systemClock, BUSY_PAUSE_MS);
    }
  }

  /**
   * Runs the actions without savepoints, which cost as much as a write each. One that fails before it wrote anything
   * is rejected and leaves no trace; one that fails later spoils the group.
   */
  async #together(
    group: readonly Waiting[],
  ): Promise<{ readonly rest: readonly Waiting[]; readonly spoilt: boolean }> {
    const rest: Waiting[] = [];
    for (const [index, waiting] of group.entries()) {
      const writes = this.#handles.writes();
      const told = this.#outbox.length;
      try {
        await waiting.run();
        rest.push(waiting);
      } catch (error) {
        this.#checkTransaction(error);
        this.#outbox.length = told;
        if (this.#handles.writes() !== writes) {
          return { rest: [...rest, ...group.slice(index)], spoilt: true };
        }
        waiting.reject(error);
      }
    }
    return { rest, spoilt: false };
  }

  /** Runs the actions once more, each in a savepoint; returns those that did not fail. */
  async #apart(group: readonly Waiting[]): Promise<readonly Waiting[]> {
    const handles = this.#handles;
    const done: Waiting[] = [];
    for (const waiting of group) {
      handles.exec('SAVEPOINT action');
      const told = this.#outbox.length;
      try {
        await waiting.run();
        done.push(waiting);
      } catch (error) {
        this.#checkTransaction(error);
        waiting.reject(error);
        this.#outbox.length = told;
        handles.exec('ROLLBACK TO action');
      }
      handles.exec('RELEASE action');
    }
    return done;
  }

  /** When the disk is full SQLite undoes the whole group by itself, and all of it has failed alike. */
  #checkTransaction(error: unknown): void {
    if (!this.#handles.isInTransaction()) throw error;
  }

  get #outbox(): unknown[] {
    return outboxBuffer(this.#handles.writer);
  }

  #rollback(): void {
    this.#outbox.length = 0;
    if (!this.#handles.isInTransaction()) return;
    try {
      this.#handles.exec('ROLLBACK');
    } catch {
      // The files are gone; what was not committed is gone with them.
    }
  }
}
