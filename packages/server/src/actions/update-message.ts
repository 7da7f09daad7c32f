import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import type { Message } from '../model/message.ts';
import { findMessage, updateMessage } from '../store/messages.ts';
import { findAuthor } from '../store/participants.ts';
import { refusal } from '../base/app-error.ts';
import { announce, messageParameters } from './announce.ts';
import { askPreWebhook } from './ask-pre-webhook.ts';
import type { ActionContext, Origin } from './context.ts';
import { findConversationToAsk, findOpenConversation } from './find-open-conversation.ts';

export interface MessageChange {
  readonly author?: string | undefined;
  readonly body?: string | undefined;
  readonly attributes?: string | undefined;
  readonly subject?: string | undefined;
  readonly dateCreated?: Instant | undefined;
  readonly dateUpdated?: Instant | undefined;
}

/** @throws RequestError conversationClosed, messageNotFound, rejectedByWebhook */
export async function changeMessage(
  context: ActionContext,
  where: {
    readonly accountSid: Sid<'AC'>;
    readonly conversationSid: Sid<'CH'>;
    readonly messageSid: string;
  },
  change: MessageChange,
  origin: Origin,
): Promise<Message> {
  const wanted = origin.webhooks ? await askAbout(context, where, change, origin) : change;
  return context.transact(async (tx) => {
    const conversation = await findOpenConversation(tx, where.accountSid, where.conversationSid);
    const message = await findMessage(tx, conversation.sid, where.messageSid);
    if (message === undefined) {
      throw refusal('messageNotFound', {
        given: where.messageSid,
        conversation: conversation.sid,
        explanation: 'It may have been deleted.',
      });
    }
    const author = wanted.author ?? message.author;
    const changed: Message = {
      ...message,
      author,
      participantSid:
        wanted.author === undefined
          ? message.participantSid
          : ((await findAuthor(tx, conversation.sid, author)) ?? null),
      body: wanted.body ?? message.body,
      attributes: wanted.attributes ?? message.attributes,
      subject: wanted.subject ?? message.subject,
      dateCreated: wanted.dateCreated ?? message.dateCreated,
      dateUpdated: wanted.dateUpdated ?? context.clock.now(),
    };
    const { seq: _, ...columns } = changed;
    await updateMessage(tx, message.sid, columns);
    const parameters = messageParameters(changed, conversation.messagingServiceSid);
    await announce(tx, context, conversation, 'onMessageUpdated', origin, message.sid, parameters);
    return changed;
  });
}

/** What the pre-event webhook makes of the change. */
async function askAbout(
  context: ActionContext,
  where: {
    readonly accountSid: Sid<'AC'>;
    readonly conversationSid: Sid<'CH'>;
    readonly messageSid: string;
  },
  change: MessageChange,
  origin: Origin,
): Promise<MessageChange> {
  const conversation = await findConversationToAsk(context, where);
  const message =
    conversation && (await findMessage(context.db, conversation.sid, where.messageSid));
  if (conversation === undefined || message === undefined) return change;
  const modified = await askPreWebhook(
    context,
    { ...conversation, resourceSid: message.sid },
    'onMessageUpdate',
    origin,
    () => ({
      ...messageParameters(message, conversation.messagingServiceSid),
      Body: change.body ?? message.body,
      Author: change.author ?? message.author,
      Attributes: change.attributes ?? message.attributes,
    }),
  );
  return { ...change, ...modified };
}
