import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import type { Page, PageRequest } from '../base/page.ts';
import type { Conversation } from '../model/conversation.ts';
import { isPostgres } from './engine.ts';
import { held } from './locks.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import { participantWritingAs } from './participants.ts';
import { prepared, preparedOne } from './prepared.ts';
import type { New } from './schema.ts';
import type { Tx } from './transact.ts';

const bySid = preparedOne<{ sid: string }, Conversation>((db, p) =>
  db
    .selectFrom('conversations')
    .selectAll()
    .where('sid', '=', p('sid') as Sid<'CH'>),
);

const bySidHeld = preparedOne<{ sid: string }, Conversation>((db, p) =>
  held(
    db,
    db
      .selectFrom('conversations')
      .selectAll()
      .where('sid', '=', p('sid') as Sid<'CH'>),
  ),
);

const byUniqueName = preparedOne<{ chatServiceSid: Sid<'IS'>; uniqueName: string }, Conversation>(
  (db, p) =>
    db
      .selectFrom('conversations')
      .selectAll()
      .where('chatServiceSid', '=', p('chatServiceSid'))
      .where('uniqueName', '=', p('uniqueName')),
);

export async function findConversation(
  db: Db | Tx,
  sid: string,
): Promise<Conversation | undefined> {
  return bySid(db, { sid });
}

/** The conversation, which nobody else changes or adds to until the transaction ends. */
export async function lockConversation(tx: Tx, sid: string): Promise<Conversation | undefined> {
  return bySidHeld(tx, { sid });
}

/** What of a conversation says where it lives: enough to find what is in it. */
export type ConversationPlace = Pick<Conversation, 'sid' | 'accountSid' | 'chatServiceSid'>;

const place = preparedOne<{ sid: string }, ConversationPlace>((db, p) =>
  db
    .selectFrom('conversations')
    .select(['sid', 'accountSid', 'chatServiceSid'])
    .where('sid', '=', p('sid') as Sid<'CH'>),
);

export async function findConversationPlace(
  db: Db | Tx,
  sid: string,
): Promise<ConversationPlace | undefined> {
  return place(db, { sid });
}

/** What of a conversation a new message needs to know. */
export type MessageTaker = ConversationPlace &
  Pick<
    Conversation,
    'seq' | 'messagingServiceSid' | 'state' | 'timerInactive' | 'timerClosed' | 'nextMessageIndex'
  > & {
    /** The participant who writes as the message's author. */
    readonly authorSid: Sid<'MB'> | null;
    /** A Conductor that speaks messages into its calls, if there is one. */
    readonly speakingSid: Sid<'CN'> | null;
  };

const taker = preparedOne<{ sid: string; author: string }, MessageTaker>((db, p) =>
  held(
    db,
    db
      .selectFrom('conversations')
      .select((select) => [
        'seq',
        'sid',
        'accountSid',
        'chatServiceSid',
        'messagingServiceSid',
        'state',
        'timerInactive',
        'timerClosed',
        'nextMessageIndex',
        participantWritingAs(select, p('author')).as('authorSid'),
        select
          .selectFrom('conductors')
          .select('conductors.sid')
          .whereRef('conductors.conversationSid', '=', 'conversations.sid')
          .where('conductors.status', '=', 'active')
          .where('conductors.speak', '=', 'all')
          .limit(1)
          .as('speakingSid'),
      ])
      .where('sid', '=', p('sid') as Sid<'CH'>),
  ),
);

/** As `lockConversation`, with as much of it as a new message by `author` needs. One question costs less than three. */
export async function lockMessageTaker(
  tx: Tx,
  sid: string,
  author: string,
): Promise<MessageTaker | undefined> {
  return taker(tx, { sid, author });
}

export async function findConversationByUniqueName(
  db: Db | Tx,
  chatServiceSid: Sid<'IS'>,
  uniqueName: string,
): Promise<Conversation | undefined> {
  return byUniqueName(db, { chatServiceSid, uniqueName });
}

export async function listConversations(
  db: Db,
  chatServiceSid: Sid<'IS'>,
  filter: {
    readonly state: Conversation['state'] | undefined;
    readonly startDate: Instant | undefined;
    readonly endDate: Instant | undefined;
  },
  page: PageRequest,
): Promise<Page<Conversation>> {
  let query = db
    .selectFrom('conversations')
    .selectAll()
    .where('chatServiceSid', '=', chatServiceSid);
  if (filter.state !== undefined) query = query.where('state', '=', filter.state);
  if (filter.startDate !== undefined) query = query.where('dateCreated', '>=', filter.startDate);
  if (filter.endDate !== undefined) query = query.where('dateCreated', '<=', filter.endDate);
  return paged(query, page, 'newest-first');
}

/**
 * Conversations one of whose timers has run out by `now`, oldest first. One that somebody is changing is left for
 * the next time.
 */
export async function lockConversationsDue(
  tx: Tx,
  now: Instant,
  limit: number,
): Promise<Conversation[]> {
  return tx
    .selectFrom('conversations')
    .selectAll()
    .where('state', '!=', 'closed')
    .where((where) => where.or([where('dateInactive', '<=', now), where('dateClosed', '<=', now)]))
    .orderBy('seq')
    .limit(limit)
    .$if(isPostgres(tx), (query) => query.forNoKeyUpdate().skipLocked())
    .execute();
}

/** Those of a service that have an open Conductor, and so may have live calls. */
export async function listBridgedConversations(
  db: Db | Tx,
  chatServiceSid: Sid<'IS'>,
): Promise<Conversation[]> {
  return db
    .selectFrom('conversations')
    .selectAll()
    .where('chatServiceSid', '=', chatServiceSid)
    .where('sid', 'in', (db) =>
      db
        .selectFrom('conductors')
        .select('conversationSid')
        .where('chatServiceSid', '=', chatServiceSid)
        .where('status', '!=', 'closed'),
    )
    .orderBy('seq')
    .execute();
}

export async function insertConversation(tx: Tx, conversation: New<Conversation>): Promise<void> {
  await tx.insertInto('conversations').values(conversation).execute();
}

export async function updateConversation(
  tx: Tx,
  sid: Sid<'CH'>,
  change: Partial<New<Conversation>>,
): Promise<void> {
  await tx.updateTable('conversations').set(change).where('sid', '=', sid).execute();
}

type MessageTaken = Pick<
  Conversation,
  'seq' | 'state' | 'dateInactive' | 'dateClosed' | 'nextMessageIndex' | 'dateUpdated'
>;

/** What new messages change in their conversation. */
export const updateConversationForMessages = prepared<MessageTaken, unknown>((db, p) =>
  db
    .updateTable('conversations')
    .set({
      state: p('state'),
      dateInactive: p('dateInactive'),
      dateClosed: p('dateClosed'),
      nextMessageIndex: p('nextMessageIndex'),
      dateUpdated: p('dateUpdated'),
    })
    .where('seq', '=', p('seq')),
);

/** As `updateConversationForMessages` where neither state nor timers change: the indexes of these stay untouched. */
export const countMessages = prepared<
  Pick<Conversation, 'seq' | 'nextMessageIndex' | 'dateUpdated'>,
  unknown
>((db, p) =>
  db
    .updateTable('conversations')
    .set({ nextMessageIndex: p('nextMessageIndex'), dateUpdated: p('dateUpdated') })
    .where('seq', '=', p('seq')),
);

/** Deletes the conversation and everything in it. */
export async function deleteConversation(tx: Tx, sid: Sid<'CH'>): Promise<void> {
  await tx.deleteFrom('messages').where('conversationSid', '=', sid).execute();
  await tx.deleteFrom('participants').where('conversationSid', '=', sid).execute();
  await tx.deleteFrom('conductors').where('conversationSid', '=', sid).execute();
  await tx.deleteFrom('scopedWebhooks').where('conversationSid', '=', sid).execute();
  await tx.deleteFrom('timeline').where('conversationSid', '=', sid).execute();
  await tx.deleteFrom('conversations').where('sid', '=', sid).execute();
}
