import { refusal } from '../base/app-error.ts';
import type { Instant } from '../base/clock.ts';
import type { Account } from '../model/account.ts';
import { deadlines, type Conversation } from '../model/conversation.ts';
import { findConversationByUniqueName, insertConversation } from '../store/conversations.ts';
import type { New } from '../store/schema.ts';
import { announce, conversationParameters } from './announce.ts';
import { askPreWebhook, type Modifications } from './ask-pre-webhook.ts';
import type { ActionContext, Origin } from './context.ts';

export interface NewConversation {
  readonly account: Account;
  readonly chatServiceSid: Conversation['chatServiceSid'];
  readonly messagingServiceSid?: Conversation['messagingServiceSid'] | undefined;
  readonly friendlyName: string | null;
  readonly uniqueName: string | null;
  readonly attributes: string;
  readonly state: 'active' | 'inactive';
  readonly timerInactive: string | null;
  readonly timerClosed: string | null;
  readonly emailAddress: string | null;
  readonly emailName: string | null;
  readonly dateCreated?: Instant | undefined;
  readonly dateUpdated?: Instant | undefined;
}

/** @throws RequestError uniqueNameTaken, rejectedByWebhook */
export async function openConversation(
  context: ActionContext,
  input: NewConversation,
  origin: Origin,
): Promise<New<Conversation>> {
  const { account, dateCreated, dateUpdated, messagingServiceSid, ...asked } = input;
  const given = { ...asked, ...(await askAbout(context, input, origin)) };
  return context.transact(async (tx) => {
    if (given.uniqueName !== null) {
      const other = await findConversationByUniqueName(tx, given.chatServiceSid, given.uniqueName);
      if (other !== undefined) {
        throw refusal('uniqueNameTaken', { given: given.uniqueName, sid: other.sid });
      }
    }
    const now = context.clock.now();
    const conversation: New<Conversation> = {
      ...given,
      sid: context.ids.sid('CH'),
      accountSid: account.sid,
      messagingServiceSid: messagingServiceSid ?? account.defaultMessagingServiceSid,
      ...deadlines(given, now),
      nextMessageIndex: 0,
      dateCreated: dateCreated ?? now,
      dateUpdated: dateUpdated ?? dateCreated ?? now,
    };
    await insertConversation(tx, conversation);
    const parameters = conversationParameters({ ...conversation, seq: 0 });
    await announce(
      tx,
      context,
      conversation,
      'onConversationAdded',
      origin,
      conversation.sid,
      parameters,
    );
    return conversation;
  });
}

/** What the pre-event webhook makes of the new conversation: another friendly name. */
async function askAbout(
  context: ActionContext,
  input: NewConversation,
  origin: Origin,
): Promise<Modifications> {
  const { account, chatServiceSid } = input;
  const asked = { accountSid: account.sid, chatServiceSid };
  return askPreWebhook(context, asked, 'onConversationAdd', origin, () => ({
    ChatServiceSid: chatServiceSid,
    MessagingServiceSid: input.messagingServiceSid ?? account.defaultMessagingServiceSid,
    FriendlyName: input.friendlyName,
    UniqueName: input.uniqueName,
    Attributes: input.attributes,
    State: input.state,
  }));
}
