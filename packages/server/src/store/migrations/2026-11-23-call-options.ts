import { sql, type Kysely, type Migration } from 'kysely';
import { index } from './ddl.ts';

/** Calls that are recorded from their answer, what is said of a call's purpose, and indexes for the filters of its list. */
export const callOptions: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('calls').addColumn('recording', 'text').execute();
    await db.schema.alterTable('calls').addColumn('callReason', 'text').execute();
    await db.schema.alterTable('recordings').addColumn('url', 'text').execute();
    await index(db, 'calls', ['accountSid', 'to', 'seq']);
    await index(db, 'calls', ['accountSid', 'from', 'seq']);
    await index(db, 'calls', ['parentCallSid', 'seq']);
    await index(db, 'calls', ['accountSid', 'endTime']);
    await sql`
      create index ${sql.id('calls_accountSid_started')} on ${sql.table('calls')}
        (${sql.id('accountSid')}, coalesce(${sql.id('startTime')}, ${sql.id('dateCreated')}))`.execute(
      db,
    );
  },
};
