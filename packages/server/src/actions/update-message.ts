import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import type { Message } from '../model/message.ts';
import { findMessage, updateMessage } from '../store/messages.ts';
import { findAuthor } from '../store/participants.ts';
import { refusal } from '../base/app-error.ts';
import { announce, messageParameters } from './announce.ts';
import type { ActionContext, Origin } from './context.ts';
import { findOpenConversation } from './find-open-conversation.ts';

export interface MessageChange {
  readonly author?: string | undefined;
  readonly body?: string | undefined;
  readonly attributes?: string | undefined;
  readonly subject?: string | undefined;
  readonly dateCreated?: Instant | undefined;
  readonly dateUpdated?: Instant | undefined;
}

/** @throws RequestError conversationClosed, messageNotFound */
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
    const author = change.author ?? message.author;
    const changed: Message = {
      ...message,
      author,
      participantSid:
        change.author === undefined
          ? message.participantSid
          : ((await findAuthor(tx, conversation.sid, author)) ?? null),
      body: change.body ?? message.body,
      attributes: change.attributes ?? message.attributes,
      subject: change.subject ?? message.subject,
      dateCreated: change.dateCreated ?? message.dateCreated,
      dateUpdated: change.dateUpdated ?? context.clock.now(),
    };
    const { seq: _, ...columns } = changed;
    await updateMessage(tx, message.sid, columns);
    const parameters = messageParameters(changed, conversation.messagingServiceSid);
    await announce(tx, context, conversation, 'onMessageUpdated', origin, message.sid, parameters);
    return changed;
  });
}
