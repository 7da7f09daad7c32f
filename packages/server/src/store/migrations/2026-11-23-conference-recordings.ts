import type { Kysely, Migration } from 'kysely';
import { index } from './ddl.ts';

/** Conferences are recorded. */
export const conferenceRecordings: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('conferences').addColumn('recording', 'text').execute();
    await db.schema.alterTable('recordings').addColumn('conferenceSid', 'text').execute();
    await index(db, 'recordings', ['conferenceSid']);
    await index(db, 'recordings', ['status']);
  },
};
