import type { Kysely, Migration } from 'kysely';
import { index, table, unique } from './ddl.ts';

/** Transcriptions of recordings. */
export const transcriptions: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('recordings').addColumn('transcription', 'text').execute();
    await table(db, 'transcriptions', {
      sid: 'text',
      accountSid: 'text',
      recordingSid: 'text',
      callSid: 'text',
      status: 'text',
      recordingUrl: 'text null',
      durationSec: 'integer',
      text: 'text null',
      callback: 'text null',
      errorCode: 'integer null',
      errorMessage: 'text null',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await unique(db, 'transcriptions', ['sid']);
    await index(db, 'transcriptions', ['accountSid']);
    await index(db, 'transcriptions', ['recordingSid']);
    await index(db, 'transcriptions', ['status']);
  },
};
