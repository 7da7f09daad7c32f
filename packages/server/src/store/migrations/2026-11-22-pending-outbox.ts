import { sql, type Kysely, type Migration } from 'kysely';

/** Finds what is not yet sent by key, however much of what is sent is kept. */
export const pendingOutbox: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.dropIndex('outbox_status_dateAvailable').execute();
    await db.schema
      .createIndex('outbox_pending')
      .on('outbox')
      .columns(['orderingKey', 'seq'])
      .where(sql.ref('status'), '=', sql.lit('pending'))
      .execute();
  },
};
