import type { Sid } from '@tutti/ids';
import { sql, type ExpressionBuilder, type RawBuilder } from 'kysely';
import type { Instant } from '../base/clock.ts';
import type { Page, PageRequest } from '../base/page.ts';
import type { Participant } from '../model/participant.ts';
import { lockName } from './locks.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import { preparedOne } from './prepared.ts';
import type { New, Schema } from './schema.ts';
import type { Tx } from './transact.ts';

/** By SID or by identity. */
export async function findParticipant(
  db: Db | Tx,
  conversationSid: Sid<'CH'>,
  key: string,
): Promise<Participant | undefined> {
  return db
    .selectFrom('participants')
    .selectAll()
    .where('conversationSid', '=', conversationSid)
    .where((where) => where.or([where('sid', '=', key as Sid<'MB'>), where('identity', '=', key)]))
    .orderBy('seq')
    .executeTakeFirst();
}

/**
 * The SID of the participant who writes as `author` in the conversation of the surrounding query. Identities have an
 * index of their own: in a conversation of a thousand chat users nobody is read to find one.
 */
export function participantWritingAs(
  select: ExpressionBuilder<Schema, 'conversations'>,
  author: string,
): RawBuilder<Sid<'MB'> | null> {
  const here = select
    .selectFrom('participants')
    .select('participants.sid')
    .whereRef('participants.conversationSid', '=', 'conversations.sid')
    .orderBy('participants.seq')
    .limit(1);
  return sql`coalesce(${here.where('identity', '=', author)}, ${here.where((where) =>
    where.or([where('address', '=', author), where('voiceAddress', '=', author)]),
  )})`;
}

const byAuthor = preparedOne<
  { conversationSid: Sid<'CH'>; author: string },
  { sid: Sid<'MB'> | null }
>((db, p) =>
  db
    .selectFrom('conversations')
    .select((select) => participantWritingAs(select, p('author')).as('sid'))
    .where('conversations.sid', '=', p('conversationSid')),
);

/** The participant who writes as `author`: by identity, address or voice address. */
export async function findAuthor(
  db: Db | Tx,
  conversationSid: Sid<'CH'>,
  author: string,
): Promise<Sid<'MB'> | undefined> {
  return (await byAuthor(db, { conversationSid, author }))?.sid ?? undefined;
}

export async function findVoiceParticipant(
  db: Db | Tx,
  conversationSid: Sid<'CH'>,
  voiceAddress: string,
): Promise<Participant | undefined> {
  return db
    .selectFrom('participants')
    .selectAll()
    .where('conversationSid', '=', conversationSid)
    .where('voiceAddress', '=', voiceAddress)
    .orderBy('seq')
    .executeTakeFirst();
}

/**
 * Who has this messaging pair in a conversation that is not closed, anywhere in the account; nobody else gives the
 * pair away until the transaction ends.
 */
export async function lockMessagingBinding(
  tx: Tx,
  accountSid: Sid<'AC'>,
  address: string,
  proxyAddress: string,
): Promise<Participant | undefined> {
  await lockName(tx, 'messaging binding', accountSid, address, proxyAddress);
  return tx
    .selectFrom('participants')
    .innerJoin('conversations', 'conversations.sid', 'participants.conversationSid')
    .selectAll('participants')
    .where('participants.accountSid', '=', accountSid)
    .where('address', '=', address)
    .where('proxyAddress', '=', proxyAddress)
    .where('conversations.state', '!=', 'closed')
    .executeTakeFirst();
}

const byVoiceBinding = preparedOne<
  { voiceAddress: string; voiceProxyAddress: string },
  Participant
>((db, p) =>
  db
    .selectFrom('participants')
    .innerJoin('conversations', 'conversations.sid', 'participants.conversationSid')
    .selectAll('participants')
    .where('voiceAddress', '=', p('voiceAddress'))
    .where('voiceProxyAddress', '=', p('voiceProxyAddress'))
    .where('conversations.state', '!=', 'closed')
    .orderBy('participants.seq')
    .limit(1),
);

/** Who has this voice pair in a conversation that is not closed; without an account, on the whole server. */
export async function findVoiceBinding(
  db: Db | Tx,
  accountSid: Sid<'AC'> | undefined,
  voiceAddress: string,
  voiceProxyAddress: string,
): Promise<Participant | undefined> {
  if (accountSid === undefined) return byVoiceBinding(db, { voiceAddress, voiceProxyAddress });
  return db
    .selectFrom('participants')
    .innerJoin('conversations', 'conversations.sid', 'participants.conversationSid')
    .selectAll('participants')
    .where('voiceAddress', '=', voiceAddress)
    .where('voiceProxyAddress', '=', voiceProxyAddress)
    .where('conversations.state', '!=', 'closed')
    .where('participants.accountSid', '=', accountSid)
    .orderBy('participants.seq')
    .executeTakeFirst();
}

/** As `findVoiceBinding`; nobody else gives the pair away until the transaction ends. */
export async function lockVoiceBinding(
  tx: Tx,
  accountSid: Sid<'AC'>,
  voiceAddress: string,
  voiceProxyAddress: string,
): Promise<Participant | undefined> {
  await lockName(tx, 'voice binding', voiceAddress, voiceProxyAddress);
  return findVoiceBinding(tx, accountSid, voiceAddress, voiceProxyAddress);
}

export async function countParticipants(db: Db | Tx, conversationSid: Sid<'CH'>): Promise<number> {
  const { count } = await db
    .selectFrom('participants')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('conversationSid', '=', conversationSid)
    .executeTakeFirstOrThrow();
  return count;
}

export async function listParticipants(
  db: Db,
  conversationSid: Sid<'CH'>,
  page: PageRequest,
): Promise<Page<Participant>> {
  return paged(
    db.selectFrom('participants').selectAll().where('conversationSid', '=', conversationSid),
    page,
    'oldest-first',
  );
}

/** Everyone whose voice binding names the Conductor. */
export async function listParticipantsOfConductor(
  db: Db | Tx,
  conductorSid: Sid<'CN'>,
): Promise<Participant[]> {
  return db
    .selectFrom('participants')
    .selectAll()
    .where('conductorSid', '=', conductorSid)
    .orderBy('seq')
    .execute();
}

/** Whose calls come in on a number, oldest first, in conversations that are not closed. */
export async function listVoiceParticipantsOfProxy(
  db: Db,
  accountSid: Sid<'AC'>,
  voiceProxyAddress: string,
  limit: number,
): Promise<Pick<Participant, 'sid'>[]> {
  return db
    .selectFrom('participants')
    .innerJoin('conversations', 'conversations.sid', 'participants.conversationSid')
    .select('participants.sid')
    .where('voiceProxyAddress', '=', voiceProxyAddress)
    .where('participants.accountSid', '=', accountSid)
    .where('conversations.state', '!=', 'closed')
    .orderBy('participants.seq')
    .limit(limit)
    .execute();
}

export async function insertParticipant(tx: Tx, participant: New<Participant>): Promise<void> {
  await tx.insertInto('participants').values(participant).execute();
}

export async function updateParticipant(
  tx: Tx,
  sid: Sid<'MB'>,
  change: Partial<New<Participant>>,
): Promise<void> {
  await tx.updateTable('participants').set(change).where('sid', '=', sid).execute();
}

/** Takes a Conductor that is going out of every voice binding. */
export async function forgetConductor(
  tx: Tx,
  conductorSid: Sid<'CN'>,
  dateUpdated: Instant,
): Promise<void> {
  await tx
    .updateTable('participants')
    .set({ conductorSid: null, dateUpdated })
    .where('conductorSid', '=', conductorSid)
    .execute();
}

export async function deleteParticipant(tx: Tx, sid: Sid<'MB'>): Promise<void> {
  await tx.deleteFrom('participants').where('sid', '=', sid).execute();
}

/** By SID alone, in whichever conversation of the account. */
export async function findParticipantBySid(
  db: Db | Tx,
  accountSid: Sid<'AC'>,
  sid: string,
): Promise<Participant | undefined> {
  return db
    .selectFrom('participants')
    .selectAll()
    .where('sid', '=', sid as Sid<'MB'>)
    .where('accountSid', '=', accountSid)
    .executeTakeFirst();
}
