import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { Conversation } from '../model/conversation.ts';
import { findConversation } from '../store/conversations.ts';
import type { Tx } from '../store/transact.ts';

/**
 * The conversation as the transaction sees it, to be changed.
 *
 * @throws RequestError conversationClosed when it is closed, notFound when it was deleted meanwhile.
 */
export async function findOpenConversation(
  tx: Tx,
  accountSid: Sid<'AC'>,
  sid: Sid<'CH'>,
): Promise<Conversation> {
  const conversation = await findConversation(tx, sid);
  if (conversation === undefined || conversation.accountSid !== accountSid)
    throw refusal('notFound', { path: `/v1/Conversations/${sid}` });
  if (conversation.state === 'closed') {
    throw refusal('conversationClosed', { sid }, { resourceSid: sid });
  }
  return conversation;
}
