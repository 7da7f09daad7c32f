import type { Kysely, Migration } from 'kysely';

/** Calls say which process carries them, so that those of one that is no more can be told from the others. */
export const workingNodes: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('calls').addColumn('node', 'bigint').execute();
  },
};
