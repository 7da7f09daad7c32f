import type { Kysely, Migration } from 'kysely';

/** An attempt says how many requests it was: a URL may ask for repetitions (`#rc=3`). */
export const requestCounts: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('deliveryAttempts').addColumn('requests', 'bigint').execute();
  },
};
