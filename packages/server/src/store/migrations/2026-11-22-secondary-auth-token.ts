import type { Kysely, Migration } from 'kysely';

/** A second auth token for the time of a rotation; subaccounts are found by their parent. */
export const secondaryAuthToken: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('accounts').addColumn('secondaryAuthToken', 'text').execute();
    await db.schema
      .createIndex('accounts_parentSid')
      .on('accounts')
      .columns(['parentSid'])
      .execute();
  },
};
