import type { Kysely, Migration } from 'kysely';
import { index, table, unique } from './ddl.ts';

/** Recordings of calls. */
export const recordings: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await table(db, 'recordings', {
      sid: 'text',
      accountSid: 'text',
      callSid: 'text',
      status: 'text',
      source: 'text',
      channels: 'integer',
      track: 'text',
      trim: 'text',
      statusCallback: 'text null',
      statusCallbackMethod: 'text',
      statusCallbackEvents: 'text',
      startTime: 'integer',
      durationSec: 'integer null',
      sizeBytes: 'integer null',
      errorCode: 'integer null',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await unique(db, 'recordings', ['sid']);
    await index(db, 'recordings', ['accountSid']);
    await index(db, 'recordings', ['callSid']);
  },
};
