import type { Kysely, Migration } from 'kysely';
import { table, unique } from './ddl.ts';

/** Numbers that an account may show, and the calls that verify them. */
export const outgoingCallerIds: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await table(db, 'outgoingCallerIds', {
      sid: 'text',
      accountSid: 'text',
      phoneNumber: 'text',
      friendlyName: 'text',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await unique(db, 'outgoingCallerIds', ['sid']);
    await unique(db, 'outgoingCallerIds', ['accountSid', 'phoneNumber']);
    await db.schema.alterTable('calls').addColumn('validation', 'text').execute();
  },
};
