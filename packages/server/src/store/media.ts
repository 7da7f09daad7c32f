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

/** Which of `sids` there is a row for, whatever became of its message. */
export async function listKnownMedia(
  db: Db | Tx,
  sids: readonly Sid<'ME'>[],
): Promise<Set<Sid<'ME'>>> {
  if (sids.length === 0) return new Set();
  const known = await db.selectFrom('media').select('sid').where('sid', 'in', sids).execute();
  return new Set(known.map(({ sid }) => sid));
}

/** In the order of seq, those after `afterSeq`. */
export async function listMediaAfter(
  db: Db | Tx,
  afterSeq: number,
  limit: number,
): Promise<Pick<Media, 'seq' | 'sid' | 'accountSid'>[]> {
  return db
    .selectFrom('media')
    .select(['seq', 'sid', 'accountSid'])
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(limit)
    .execute();
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
