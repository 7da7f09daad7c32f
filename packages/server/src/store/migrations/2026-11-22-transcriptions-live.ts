import type { Kysely, Migration } from 'kysely';
import { index, table, unique } from './ddl.ts';

/** Transcriptions of calls while they are under way. */
export const liveTranscriptions: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await table(db, 'liveTranscriptions', {
      sid: 'text',
      accountSid: 'text',
      callSid: 'text',
      status: 'text',
      name: 'text null',
      settings: 'text',
      lastSequenceId: 'integer',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await unique(db, 'liveTranscriptions', ['sid']);
    await index(db, 'liveTranscriptions', ['callSid']);
    await index(db, 'liveTranscriptions', ['status']);
  },
};
