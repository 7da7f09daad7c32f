import type { Kysely, Migration } from 'kysely';
import { index, table } from './ddl.ts';

/** Every use of a SID. */
export const sidUses: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await table(db, 'sidUses', {
      accountSid: 'text',
      sid: 'text',
      outcome: 'text',
      place: 'text',
      parameter: 'text',
      method: 'text null',
      path: 'text null',
      requestSid: 'text null',
      callSid: 'text null',
      errorCode: 'integer null',
      occurrences: 'integer',
      dateCreated: 'integer',
      dateLastOccurred: 'integer',
    });
    await index(db, 'sidUses', ['sid']);
  },
};
