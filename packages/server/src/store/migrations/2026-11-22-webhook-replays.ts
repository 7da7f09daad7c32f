import type { Kysely, Migration } from 'kysely';
import { index } from './ddl.ts';

/** Attempts say which delivery they belong to so that it can be found, and sent again. */
export const webhookReplays: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const alter = db.schema.alterTable('deliveryAttempts');
    await alter.addColumn('host', 'text').execute();
    await alter.addColumn('idempotencyToken', 'text').execute();
    await alter.addColumn('replayOf', 'bigint').execute();
    await index(db, 'deliveryAttempts', ['outboxSeq']);
  },
};
