import type { Sid } from '@tutti/ids';
import type { Media } from '../model/media.ts';
import type { Db } from './open-store.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

/** A medium whose conversation is there, and the message that carried it. */
export async function findMedia(db: Db | Tx, sid: Sid<'ME'>): Promise<Media | undefined> {
  return db
    .selectFrom('media')
    .innerJoin('conversations', 'conversations.sid', 'media.conversationSid')
    .leftJoin('messages', 'messages.sid', 'media.messageSid')
    .selectAll('media')
    .where('media.sid', '=', sid)
    .where((where) =>
      where.or([where('media.messageSid', 'is', null), where('messages.sid', 'is not', null)]),
    )
    .executeTakeFirst();
}

export async function insertMedia(tx: Tx, media: New<Media>): Promise<void> {
  await tx.insertInto('media').values(media).execute();
}
