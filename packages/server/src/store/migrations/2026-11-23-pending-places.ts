import { sql, type Kysely, type Migration } from 'kysely';

/**
 * Finds what is not yet sent by number: what comes is added at one end of the index. By key it went to as many places as
 * there were receivers, each a page to be written with the commit.
 */
export const pendingPlaces: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.dropIndex('outbox_pending').execute();
    await db.schema
      .createIndex('outbox_pending')
      .on('outbox')
      .columns(['status', 'seq', 'orderingKey'])
      .where(sql.ref('status'), '=', sql.lit('pending'))
      .execute();
  },
};
