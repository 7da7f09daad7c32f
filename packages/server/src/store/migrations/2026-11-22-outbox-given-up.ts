import { sql, type Kysely, type Migration } from 'kysely';

/** Finds the few deliveries of an account that failed among all that are kept. */
export const outboxGivenUp: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createIndex('outbox_given_up')
      .on('outbox')
      .columns(['accountSid', 'status', 'seq'])
      .where(sql.ref('status'), 'in', [sql.lit('failed'), sql.lit('replayed')])
      .execute();
  },
};
