import { sql, type Kysely, type Migration } from 'kysely';
import { index } from './ddl.ts';

/**
 * Finds attempts of webhooks by what they are asked for, and those that failed, in the order they are shown in: 12 µs more
 * for each attempt on SQLite, where reading all that are kept would hold up everybody.
 */
export const attemptFilters: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await index(db, 'deliveryAttempts', ['accountSid', 'resourceSid', 'seq']);
    await index(db, 'deliveryAttempts', ['accountSid', 'eventType', 'seq']);
    await index(db, 'deliveryAttempts', ['accountSid', 'host', 'seq']);
    await db.schema
      .createIndex('deliveryAttempts_failed')
      .on('deliveryAttempts')
      .columns(['accountSid', 'seq'])
      .where(sql.ref('errorCode'), 'is not', null)
      .execute();
  },
};
