import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import { isoDateMs } from '../base/http-date.ts';
import { deleteMessage, findMessage } from '../store/messages.ts';
import { announce, messageParameters } from './announce.ts';
import { askPreWebhook } from './ask-pre-webhook.ts';
import type { ActionContext, Origin } from './context.ts';
import { findConversationToAsk, findOpenConversation } from './find-open-conversation.ts';
import { removeMedia } from './remove-media.ts';

/**
 * Removes a message; its index is not used again.
 *
 * @throws RequestError conversationClosed, messageNotFound, rejectedByWebhook
 */
export async function removeMessage(
  context: ActionContext,
  where: {
    readonly accountSid: Sid<'AC'>;
    readonly conversationSid: Sid<'CH'>;
    readonly messageSid: string;
  },
  origin: Origin,
): Promise<void> {
  if (origin.webhooks) await askAbout(context, where, origin);
  await context.transact(async (tx) => {
    const conversation = await findOpenConversation(tx, where.accountSid, where.conversationSid);
    const message = await findMessage(tx, conversation.sid, where.messageSid);
    if (message === undefined) {
      throw refusal('messageNotFound', {
        given: where.messageSid,
        conversation: conversation.sid,
        explanation: 'It may have been deleted.',
      });
    }
    await removeMedia(tx, context, conversation.accountSid, { messageSid: message.sid });
    await deleteMessage(tx, message.sid);
    await announce(tx, context, conversation, 'onMessageRemoved', origin, message.sid, {
      ...messageParameters(message, conversation.messagingServiceSid),
      DateRemoved: isoDateMs(context.clock.now()),
    });
  });
}

/** @throws RequestError rejectedByWebhook */
async function askAbout(
  context: ActionContext,
  where: {
    readonly accountSid: Sid<'AC'>;
    readonly conversationSid: Sid<'CH'>;
    readonly messageSid: string;
  },
  origin: Origin,
): Promise<void> {
  const conversation = await findConversationToAsk(context, where);
  const message =
    conversation && (await findMessage(context.db, conversation.sid, where.messageSid));
  if (conversation === undefined || message === undefined) return;
  const asked = { ...conversation, resourceSid: message.sid };
  await askPreWebhook(context, asked, 'onMessageRemove', origin, () =>
    messageParameters(message, conversation.messagingServiceSid),
  );
}
