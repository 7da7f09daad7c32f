import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { Conversation } from '../model/conversation.ts';
import {
  findConversation,
  lockConversation,
  lockMessageTaker,
  type MessageTaker,
} from '../store/conversations.ts';
import type { Db } from '../store/open-store.ts';
import { hasPreWebhook } from '../store/webhooks.ts';
import type { Tx } from '../store/transact.ts';

/**
 * The conversation as the transaction sees it, to be changed.
 *
 * @throws RequestError conversationClosed when it is closed, sidNotFound when there is none.
 */
export async function findOpenConversation(
  tx: Tx,
  accountSid: Sid<'AC'>,
  sid: Sid<'CH'>,
): Promise<Conversation> {
  return requireOpen(await lockConversation(tx, sid), accountSid, sid);
}

/** As `findOpenConversation`, with as much of it as a new message by `author` needs. */
export async function findOpenMessageTaker(
  tx: Tx,
  accountSid: Sid<'AC'>,
  sid: Sid<'CH'>,
  author: string,
): Promise<MessageTaker> {
  return requireOpen(await lockMessageTaker(tx, sid, author), accountSid, sid);
}

function requireOpen<T extends Pick<Conversation, 'accountSid' | 'state'>>(
  conversation: T | undefined,
  accountSid: Sid<'AC'>,
  sid: Sid<'CH'>,
): T {
  if (conversation === undefined || conversation.accountSid !== accountSid) {
    throw refusal(
      'sidNotFound',
      {
        path: `/v1/Conversations/${sid}`,
        explanation: `${sid} is well formed, but nothing in this account has it: it may be of another account or server, or deleted.`,
      },
      { resourceSid: sid, details: { given: sid, expected: ['CH'] } },
    );
  }
  if (conversation.state === 'closed') {
    throw refusal('conversationClosed', { sid }, { resourceSid: sid });
  }
  return conversation;
}

/**
 * The conversation a pre-event webhook is asked about, before the transaction; undefined when there is none to ask or
 * the transaction is going to refuse the change anyway.
 */
export async function findConversationToAsk(
  { db }: { readonly db: Db },
  where: { readonly accountSid: Sid<'AC'>; readonly conversationSid: Sid<'CH'> },
): Promise<Conversation | undefined> {
  if (!(await hasPreWebhook(db, where.accountSid))) return undefined;
  const conversation = await findConversation(db, where.conversationSid);
  const ours = conversation?.accountSid === where.accountSid && conversation.state !== 'closed';
  return ours ? conversation : undefined;
}
