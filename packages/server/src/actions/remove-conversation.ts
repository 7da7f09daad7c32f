import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import { isoDateMs } from '../base/http-date.ts';
import { deleteConversation, findConversation, lockConversation } from '../store/conversations.ts';
import { announce, conversationParameters } from './announce.ts';
import { askPreWebhook } from './ask-pre-webhook.ts';
import { closeConductorsOf } from './close-conductors.ts';
import type { ActionContext, Origin } from './context.ts';
import { removeMedia } from './remove-media.ts';

/** Removes the conversation and everything in it; its live calls end. @throws RequestError rejectedByWebhook */
export async function removeConversation(
  context: ActionContext,
  where: { readonly accountSid: Sid<'AC'>; readonly conversationSid: Sid<'CH'> },
  origin: Origin,
): Promise<void> {
  if (origin.webhooks) await askAbout(context, where, origin);
  await context.transact(async (tx) => {
    const conversation = await lockConversation(tx, where.conversationSid);
    if (conversation === undefined || conversation.accountSid !== where.accountSid) {
      throw refusal('notFound', { path: `/v1/Conversations/${where.conversationSid}` });
    }
    // Its webhooks hear of it, so they are asked for before they go.
    await announce(tx, context, conversation, 'onConversationRemoved', origin, conversation.sid, {
      ...conversationParameters(conversation),
      DateRemoved: isoDateMs(context.clock.now()),
    });
    await closeConductorsOf(tx, context, conversation, origin);
    await removeMedia(tx, context, conversation.accountSid, { conversationSid: conversation.sid });
    await deleteConversation(tx, conversation.sid);
  });
}

/** @throws RequestError rejectedByWebhook */
async function askAbout(
  context: ActionContext,
  where: { readonly accountSid: Sid<'AC'>; readonly conversationSid: Sid<'CH'> },
  origin: Origin,
): Promise<void> {
  const conversation = await findConversation(context.db, where.conversationSid);
  if (conversation?.accountSid !== where.accountSid) return;
  const asked = { ...conversation, resourceSid: conversation.sid };
  await askPreWebhook(context, asked, 'onConversationRemove', origin, () =>
    conversationParameters(conversation),
  );
}
