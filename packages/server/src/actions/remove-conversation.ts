import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import { isoDateMs } from '../base/http-date.ts';
import { deleteConversation, findConversation } from '../store/conversations.ts';
import { announce, conversationParameters } from './announce.ts';
import { closeConductorsOf } from './close-conductors.ts';
import type { ActionContext, Origin } from './context.ts';

/** Removes the conversation and everything in it; its live calls end. */
export async function removeConversation(
  context: ActionContext,
  where: { readonly accountSid: Sid<'AC'>; readonly conversationSid: Sid<'CH'> },
  origin: Origin,
): Promise<void> {
  await context.transact(async (tx) => {
    const conversation = await findConversation(tx, where.conversationSid);
    if (conversation === undefined || conversation.accountSid !== where.accountSid) {
      throw refusal('notFound', { path: `/v1/Conversations/${where.conversationSid}` });
    }
    // Its webhooks hear of it, so they are asked for before they go.
    await announce(tx, context, conversation, 'onConversationRemoved', origin, conversation.sid, {
      ...conversationParameters(conversation),
      DateRemoved: isoDateMs(context.clock.now()),
    });
    await closeConductorsOf(tx, context, conversation, origin);
    await deleteConversation(tx, conversation.sid);
  });
}
