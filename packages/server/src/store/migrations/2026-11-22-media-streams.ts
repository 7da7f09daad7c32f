import type { Kysely, Migration } from 'kysely';
import { index, table, unique } from './ddl.ts';

/** Media streams of calls. */
export const mediaStreams: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await table(db, 'mediaStreams', {
      sid: 'text',
      accountSid: 'text',
      callSid: 'text',
      status: 'text',
      name: 'text null',
      url: 'text',
      track: 'text',
      parameters: 'text',
      statusCallback: 'text null',
      statusCallbackMethod: 'text',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await unique(db, 'mediaStreams', ['sid']);
    await index(db, 'mediaStreams', ['callSid']);
  },
};
