import type { Kysely, Migration } from 'kysely';
import { index, table, unique } from './ddl.ts';

/** Queues and who waits in them; `model/queue.ts` says what each column means. */
export const queues: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await table(db, 'queues', {
      sid: 'text',
      accountSid: 'text',
      friendlyName: 'text',
      maxSize: 'integer',
      dateCreated: 'integer',
      dateUpdated: 'integer',
    });
    await unique(db, 'queues', ['sid']);
    await unique(db, 'queues', ['accountSid', 'friendlyName']);

    await table(db, 'queueMembers', {
      callSid: 'text',
      accountSid: 'text',
      queueSid: 'text',
      node: 'integer',
      takenBy: 'text null',
      dateEnqueued: 'integer',
    });
    await unique(db, 'queueMembers', ['callSid']);
    await index(db, 'queueMembers', ['queueSid']);
  },
};
