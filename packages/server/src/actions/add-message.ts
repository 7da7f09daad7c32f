import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import { takeMessages } from '../model/conversation.ts';
import type { Message } from '../model/message.ts';
import { listSpeakingConductors } from '../store/conductors.ts';
import {
  countMessages,
  updateConversationForMessages,
  type MessageTaker,
} from '../store/conversations.ts';
import { insertMessages } from '../store/messages.ts';
import { findAuthor } from '../store/participants.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import { announce, messageParameters, notify } from './announce.ts';
import { announceState } from './announce-state.ts';
import type { ActionContext, Origin } from './context.ts';
import { findOpenMessageTaker } from './find-open-conversation.ts';

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

/** A message to be added, and where it comes from. */
export interface MessageToAdd {
  readonly input: NewMessage;
  readonly origin: Origin;
}

type Needs = Pick<ActionContext, 'ids' | 'clock'>;

/**
 * Adds a message at the next index, wakes the conversation and tells who listens.
 *
 * @throws RequestError conversationClosed
 */
export async function insertNewMessage(
  tx: Tx,
  context: Needs,
  input: NewMessage,
  origin: Origin,
): Promise<New<Message>> {
  const [message] = await insertNewMessages(tx, context, input, () => [{ input, origin }]);
  if (message === undefined) throw new Error('a message was to be added');
  return message;
}

/**
 * As `insertNewMessage`, for several of one conversation. `take` tells them, the first of them `first`: it is called
 * when nobody else can add to the conversation any more until the transaction ends.
 *
 * @throws RequestError conversationClosed
 */
export async function insertNewMessages(
  tx: Tx,
  context: Needs,
  first: NewMessage,
  take: () => readonly MessageToAdd[],
): Promise<readonly New<Message>[]> {
  const conversation = await findOpenMessageTaker(
    tx,
    first.accountSid,
    first.conversationSid,
    first.author,
  );
  const taken = take();
  const now = context.clock.now();
  const authors = new Map([[first.author, conversation.authorSid]]);
  const messages: New<Message>[] = [];
  for (const { input } of taken) {
    let authorSid = authors.get(input.author);
    if (authorSid === undefined) {
      authorSid = (await findAuthor(tx, conversation.sid, input.author)) ?? null;
      authors.set(input.author, authorSid);
    }
    messages.push({
      sid: context.ids.sid('IM'),
      accountSid: conversation.accountSid,
      chatServiceSid: conversation.chatServiceSid,
      conversationSid: conversation.sid,
      messageIndex: conversation.nextMessageIndex + messages.length,
      author: input.author,
      participantSid: input.participantSid ?? authorSid,
      body: input.body,
      attributes: input.attributes,
      media: input.media ?? null,
      subject: input.subject ?? null,
      dateCreated: input.dateCreated ?? now,
      dateUpdated: input.dateUpdated ?? input.dateCreated ?? now,
    });
  }
  await insertMessages(tx, messages);
  await updateForMessages(tx, conversation, messages.length, now);
  for (const [at, message] of messages.entries()) {
    const { input, origin } = taken[at] as MessageToAdd;
    await tell(tx, context, conversation, message, { input, origin });
    if (at === 0 && conversation.state === 'inactive') {
      await announceState(tx, context, {
        conversation,
        from: 'inactive',
        to: 'active',
        at: now,
        reason: 'EVENT',
        origin,
      });
    }
  }
  return messages;
}

async function updateForMessages(
  tx: Tx,
  conversation: MessageTaker,
  count: number,
  now: Instant,
): Promise<void> {
  const { seq, timerInactive, timerClosed } = conversation;
  const taken = takeMessages(conversation, count, now);
  if (conversation.state === taken.state && timerInactive === null && timerClosed === null) {
    await countMessages(tx, { seq, ...taken });
  } else {
    await updateConversationForMessages(tx, { seq, ...taken });
  }
}

/** Webhooks of the message, and the calls that it is to be spoken into. */
async function tell(
  tx: Tx,
  context: Needs,
  conversation: MessageTaker,
  message: New<Message>,
  { input, origin }: MessageToAdd,
): Promise<void> {
  if (origin.webhooks) {
    const parameters = messageParameters({ ...message, seq: 0 }, conversation.messagingServiceSid);
    await announce(tx, context, conversation, 'onMessageAdded', origin, message.sid, parameters);
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
}
