import type { Kysely } from 'kysely';
import { writeOutboxBuffer } from './outbox-buffer.ts';
import { isConflict } from './postgres.ts';
import type { Schema } from './schema.ts';
import type { OnCommit, Transact, Tx } from './transact.ts';

/** How often an action is run that others keep getting ahead of. */
const ATTEMPTS_MAX = 10;

/**
 * An ordinary transaction each, side by side, on PostgreSQL. Isolation is READ COMMITTED: what an action reads in
 * order to decide, it reads by the store's `lock*` functions, which wait for whoever holds the same row or name and
 * then find what that one left. Unique indexes guard the rest: an action that loses such a race is run again and its
 * own check says what is wrong; so is one that PostgreSQL ended to resolve a deadlock.
 */
export class Transactions {
  readonly #db: Kysely<Schema>;
  readonly #onEnd: OnCommit;
  readonly #running = new Set<Promise<unknown>>();

  /** `onEnd` is called after each transaction, undone ones too: others' records may be settled by it. */
  constructor(db: Kysely<Schema>, onEnd: OnCommit) {
    this.#db = db;
    this.#onEnd = onEnd;
  }

  readonly transact: Transact = async (action) => {
    const running = this.#run(action);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  };

  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  async #run<T>(action: (tx: Tx) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      let committed = 0;
      try {
        const result = await this.#db
          .transaction()
          .setIsolationLevel('read committed')
          .execute(async (tx) => {
            const result = await action(tx as unknown as Tx);
            await writeOutboxBuffer(tx);
            return result;
          });
        committed = 1;
        return result;
      } catch (error) {
        if (attempt === ATTEMPTS_MAX || !isConflict(error)) throw error;
      } finally {
        // Others commit between the numbers of this one, so what was written is not what comes next in the outbox.
        this.#onEnd(undefined, committed);
      }
    }
  }
}
