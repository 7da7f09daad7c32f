import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import { takeMessage } from '../model/conversation.ts';
import type { Message } from '../model/message.ts';
import { listSpeakingConductors } from '../store/conductors.ts';
import { countMessage, updateConversationForMessage } from '../store/conversations.ts';
import { insertMessage } from '../store/messages.ts';
import { findAuthor } from '../store/participants.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import { announce, messageParameters, notify } from './announce.ts';
import { announceState } from './announce-state.ts';
import { askPreWebhook } from './ask-pre-webhook.ts';
import type { ActionContext, Origin } from './context.ts';
import { findConversationToAsk, findOpenMessageTaker } from './find-open-conversation.ts';

export interface NewMessage {
  readonly accountSid: Sid<'AC'>;
  readonly conversationSid: Sid<'CH'>;
  readonly author: string;
  /** Known when the message comes from a call; else found by author. */
  readonly participantSid?: Sid<'MB'>;
  /** The call that the message comes from; what was heard there is not spoken into calls again. */
  readonly callSid?: Sid<'CA'>;
  readonly body: string | null;
  readonly attributes: string;
  readonly media?: string | null;
  readonly subject?: string | null;
  /** For history that is brought in; default now. */
  readonly dateCreated?: Instant | undefined;
  readonly dateUpdated?: Instant | undefined;
}

/**
 * Adds a message at the next index, wakes the conversation and tells who listens.
 *
 * @throws RequestError conversationClosed, rejectedByWebhook
 */
export async function addMessage(
  context: ActionContext,
  input: NewMessage,
  origin: Origin,
): Promise<New<Message>> {
  const wanted = origin.webhooks ? await askAbout(context, input, origin) : input;
  return context.transact((tx) => insertNewMessage(tx, context, wanted, origin));
}

/** What the pre-event webhook makes of the message. */
async function askAbout(
  context: ActionContext,
  input: NewMessage,
  origin: Origin,
): Promise<NewMessage> {
  const conversation = await findConversationToAsk(context, input);
  if (conversation === undefined) return input;
  const modified = await askPreWebhook(
    context,
    { ...conversation, resourceSid: conversation.sid },
    'onMessageAdd',
    origin,
    async () => ({
      ConversationSid: conversation.sid,
      ChatServiceSid: conversation.chatServiceSid,
      Body: input.body,
      Author: input.author,
      ParticipantSid:
        input.participantSid ?? (await findAuthor(context.db, conversation.sid, input.author)),
      Attributes: input.attributes,
      Media: input.media,
    }),
  );
  const { body, author, attributes } = modified;
  return {
    ...input,
    ...(body !== undefined && { body }),
    ...(author !== undefined && { author }),
    ...(attributes !== undefined && { attributes }),
  };
}

/** As `addMessage`, inside a transaction under way. */
export async function insertNewMessage(
  tx: Tx,
  context: Pick<ActionContext, 'ids' | 'clock'>,
  input: NewMessage,
  origin: Origin,
): Promise<New<Message>> {
  const conversation = await findOpenMessageTaker(
    tx,
    input.accountSid,
    input.conversationSid,
    input.author,
  );
  const now = context.clock.now();
  const message: New<Message> = {
    sid: context.ids.sid('IM'),
    accountSid: conversation.accountSid,
    chatServiceSid: conversation.chatServiceSid,
    conversationSid: conversation.sid,
    messageIndex: conversation.nextMessageIndex,
    author: input.author,
    participantSid: input.participantSid ?? conversation.authorSid,
    body: input.body,
    attributes: input.attributes,
    media: input.media ?? null,
    subject: input.subject ?? null,
    dateCreated: input.dateCreated ?? now,
    dateUpdated: input.dateUpdated ?? input.dateCreated ?? now,
  };
  await insertMessage(tx, message);
  const { seq, timerInactive, timerClosed } = conversation;
  const taken = takeMessage(conversation, now);
  if (conversation.state === taken.state && timerInactive === null && timerClosed === null) {
    await countMessage(tx, { seq, ...taken });
  } else {
    await updateConversationForMessage(tx, { seq, ...taken });
  }

  if (origin.webhooks) {
    const parameters = messageParameters({ ...message, seq: 0 }, conversation.messagingServiceSid);
    await announce(tx, context, conversation, 'onMessageAdded', origin, message.sid, parameters);
  }
  if (conversation.state === 'inactive') {
    await announceState(tx, context, {
      conversation,
      from: 'inactive',
      to: 'active',
      at: now,
      reason: 'EVENT',
      origin,
    });
  }
  const isSpoken = input.callSid === undefined && message.body !== null;
  if (isSpoken && conversation.speakingSid !== null) {
    const speaking = await listSpeakingConductors(tx, conversation.sid);
    notify(tx, context, conversation, conversation.sid, {
      kind: 'message-to-speak',
      conductorSids: speaking.map(({ sid }) => sid),
      conversationSid: conversation.sid,
      messageSid: message.sid,
    });
  }
  return message;
}
