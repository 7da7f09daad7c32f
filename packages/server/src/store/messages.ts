import type { Sid } from '@tutti/ids';
import type { Page, PageRequest } from '../base/page.ts';
import type { Message } from '../model/message.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import { preparedOne } from './prepared.ts';
import { preparedInsert } from './prepared-insert.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

const bySid = preparedOne<{ sid: string; conversationSid: Sid<'CH'> }, Message>((db, p) =>
  db
    .selectFrom('messages')
    .selectAll()
    .where('sid', '=', p('sid') as Sid<'IM'>)
    .where('conversationSid', '=', p('conversationSid')),
);

export async function findMessage(
  db: Db | Tx,
  conversationSid: Sid<'CH'>,
  sid: string,
): Promise<Message | undefined> {
  return bySid(db, { sid, conversationSid });
}

export async function listMessages(
  db: Db,
  conversationSid: Sid<'CH'>,
  order: 'asc' | 'desc',
  page: PageRequest,
): Promise<Page<Message>> {
  return paged(
    db.selectFrom('messages').selectAll().where('conversationSid', '=', conversationSid),
    page,
    order === 'asc' ? 'oldest-first' : 'newest-first',
  );
}

/** Up to `limit` messages behind an index, in order. */
export async function listMessagesAfter(
  db: Db | Tx,
  conversationSid: Sid<'CH'>,
  messageIndex: number,
  limit: number,
): Promise<Message[]> {
  return db
    .selectFrom('messages')
    .selectAll()
    .where('conversationSid', '=', conversationSid)
    .where('messageIndex', '>', messageIndex)
    .orderBy('messageIndex')
    .limit(limit)
    .execute();
}

/** Writes messages of one conversation; the caller has taken their indexes from it in the same transaction. */
export const insertMessages = preparedInsert('messages', [
  'sid',
  'accountSid',
  'chatServiceSid',
  'conversationSid',
  'messageIndex',
  'author',
  'participantSid',
  'body',
  'attributes',
  'media',
  'subject',
  'dateCreated',
  'dateUpdated',
]);

export async function updateMessage(
  tx: Tx,
  sid: Sid<'IM'>,
  change: Partial<New<Message>>,
): Promise<void> {
  await tx.updateTable('messages').set(change).where('sid', '=', sid).execute();
}

export async function deleteMessage(tx: Tx, sid: Sid<'IM'>): Promise<void> {
  await tx.deleteFrom('messages').where('sid', '=', sid).execute();
}

/** By SID alone, in whichever conversation of the account. */
export async function findMessageBySid(
  db: Db | Tx,
  accountSid: Sid<'AC'>,
  sid: string,
): Promise<Message | undefined> {
  return db
    .selectFrom('messages')
    .selectAll()
    .where('sid', '=', sid as Sid<'IM'>)
    .where('accountSid', '=', accountSid)
    .executeTakeFirst();
}
