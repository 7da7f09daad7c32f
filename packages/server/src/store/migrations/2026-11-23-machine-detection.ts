import type { Kysely, Migration } from 'kysely';

/** Calls say who answered them. */
export const machineDetection: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('calls').addColumn('machineDetection', 'text').execute();
    await db.schema.alterTable('calls').addColumn('answeredBy', 'text').execute();
    await db.schema.alterTable('calls').addColumn('machineDetectionMs', 'bigint').execute();
  },
};
