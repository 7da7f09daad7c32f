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

/** A message, a conversation or a service. */
export type MediaOwner =
  | { readonly messageSid: Sid<'IM'> }
  | { readonly conversationSid: Sid<'CH'> }
  | { readonly chatServiceSid: Sid<'IS'> };

/** Deletes the media of `owner`, and returns whose files are left. */
export async function deleteMediaOf(tx: Tx, owner: MediaOwner): Promise<Sid<'ME'>[]> {
  const deleted = await tx
    .deleteFrom('media')
    .where((where) => where.and(owner))
    .returning('sid')
    .execute();
  return deleted.map(({ sid }) => sid);
}
