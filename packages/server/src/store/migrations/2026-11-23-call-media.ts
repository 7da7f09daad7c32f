import type { Kysely, Migration } from 'kysely';

/** Calls say how their sound went. */
export const callMedia: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('calls').addColumn('media', 'text').execute();
  },
};
