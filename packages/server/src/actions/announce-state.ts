import type { Instant } from '../base/clock.ts';
import { isoDateMs } from '../base/http-date.ts';
import type { Conversation } from '../model/conversation.ts';
import { insertTimelineEntry } from '../store/timeline.ts';
import type { Tx } from '../store/transact.ts';
import { announce } from './announce.ts';
import type { ActionContext, Origin } from './context.ts';

export interface StateChange {
  readonly conversation: Pick<
    Conversation,
    'sid' | 'accountSid' | 'chatServiceSid' | 'messagingServiceSid'
  >;
  readonly from: Conversation['state'];
  readonly to: Conversation['state'];
  readonly at: Instant;
  readonly reason: 'API' | 'TIMER' | 'EVENT';
  readonly origin: Origin;
}

/** Tells of a conversation's new state. Twilio: conversations/conversations-webhooks#onconversationstateupdated */
export async function announceState(
  tx: Tx,
  context: Pick<ActionContext, 'ids' | 'clock'>,
  { conversation, from, to, at, reason, origin }: StateChange,
): Promise<void> {
  await insertTimelineEntry(tx, {
    accountSid: conversation.accountSid,
    conversationSid: conversation.sid,
    kind: 'conversation',
    event: to,
    resourceSid: conversation.sid,
    data: JSON.stringify({ from, to, reason }),
    dateCreated: at,
  });
  await announce(
    tx,
    context,
    conversation,
    'onConversationStateUpdated',
    origin,
    conversation.sid,
    {
      ConversationSid: conversation.sid,
      ChatServiceSid: conversation.chatServiceSid,
      MessagingServiceSid: conversation.messagingServiceSid,
      StateUpdated: isoDateMs(at),
      StateFrom: from,
      StateTo: to,
      Reason: reason,
    },
  );
}
