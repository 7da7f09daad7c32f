import { isoDateMs } from '../base/http-date.ts';
import type { BusMessage } from '../model/bus-message.ts';
import type { Conversation } from '../model/conversation.ts';
import type { Delivery } from '../model/delivery.ts';
import type { Message } from '../model/message.ts';
import type { Participant } from '../model/participant.ts';
import type { PostEvent } from '../model/webhook.ts';
import { insertOutboxEntry } from '../store/outbox.ts';
import type { Tx } from '../store/transact.ts';
import { findWebhookConfiguration, listScopedWebhooks } from '../store/webhooks.ts';
import type { ActionContext, Origin } from './context.ts';

type Needs = Pick<ActionContext, 'ids' | 'clock'>;
export type EventParameters = Readonly<Record<string, string | null | undefined>>;

/**
 * Writes the webhooks of a conversation event into the outbox: the conversation's own ones whose filters name
 * the event, and the service's, or else the account's, post-event webhook.
 */
export async function announce(
  tx: Tx,
  { ids, clock }: Needs,
  conversation: Pick<Conversation, 'sid' | 'accountSid' | 'chatServiceSid'>,
  event: PostEvent,
  origin: Origin,
  resourceSid: string,
  parameters: EventParameters,
): Promise<void> {
  if (!origin.webhooks) return;
  const targets: { url: string; method: 'GET' | 'POST' }[] = [];
  for (const webhook of await listScopedWebhooks(tx, conversation.sid)) {
    const body = webhook.target === 'trigger' ? parameters['Body'] : undefined;
    const fires =
      webhook.target === 'trigger'
        ? event === 'onMessageAdded' && body != null && containsTrigger(body, webhook.triggers)
        : (JSON.parse(webhook.filters) as string[]).includes(event);
    if (fires) targets.push(webhook);
  }
  // A service's own configuration replaces the account's; see docs/choices.md.
  const configuration =
    (await findWebhookConfiguration(tx, conversation.chatServiceSid)) ??
    (await findWebhookConfiguration(tx, conversation.accountSid));
  const postUrl = configuration?.postWebhookUrl;
  if (configuration !== undefined && postUrl != null) {
    if ((JSON.parse(configuration.filters) as string[]).includes(event)) {
      targets.push({ url: postUrl, method: configuration.method });
    }
  }
  if (targets.length === 0) return;

  const common: Record<string, string> = {
    AccountSid: conversation.accountSid,
    EventType: event,
    Source: origin.source,
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (value != null) common[name] = value;
  }
  for (const { url, method } of targets) {
    const delivery: Delivery = {
      source: 'conversation',
      eventType: event,
      resourceSid,
      url,
      method,
      parameters: common,
      idempotencyToken: ids.uuid(),
    };
    await enqueue(tx, { clock }, conversation, conversation.sid, delivery);
  }
}

/** Twilio: conversations/api/conversation-scoped-webhook-resource#triggers */
function containsTrigger(body: string, triggers: string | null): boolean {
  const words = triggers === null ? [] : (JSON.parse(triggers) as string[]);
  const text = body.toLowerCase();
  return words.some((word) => text.includes(word.toLowerCase()));
}

/** Puts a webhook into the outbox. Entries of one `orderingKey` are sent one after another. */
export async function enqueue(
  tx: Tx,
  { clock }: Pick<ActionContext, 'clock'>,
  owner: { readonly accountSid: Conversation['accountSid'] },
  orderingKey: string,
  delivery: Delivery,
): Promise<void> {
  const now = clock.now();
  await insertOutboxEntry(tx, {
    accountSid: owner.accountSid,
    orderingKey,
    kind: 'webhook',
    payload: JSON.stringify(delivery),
    status: 'pending',
    attempts: 0,
    dateAvailable: now,
    dateCreated: now,
  });
}

/** Puts news for this system's own doors into the outbox. */
export async function notify(
  tx: Tx,
  { clock }: Pick<ActionContext, 'clock'>,
  owner: { readonly accountSid: Conversation['accountSid'] },
  orderingKey: string,
  message: BusMessage,
): Promise<void> {
  const now = clock.now();
  await insertOutboxEntry(tx, {
    accountSid: owner.accountSid,
    orderingKey,
    kind: 'bus',
    payload: JSON.stringify(message),
    status: 'pending',
    attempts: 0,
    dateAvailable: now,
    dateCreated: now,
  });
}

/** Twilio: conversations/conversations-webhooks#onconversationupdated */
export function conversationParameters(conversation: Conversation): EventParameters {
  return {
    ConversationSid: conversation.sid,
    ChatServiceSid: conversation.chatServiceSid,
    MessagingServiceSid: conversation.messagingServiceSid,
    DateCreated: isoDateMs(conversation.dateCreated),
    DateUpdated: isoDateMs(conversation.dateUpdated),
    FriendlyName: conversation.friendlyName,
    UniqueName: conversation.uniqueName,
    Attributes: conversation.attributes,
    State: conversation.state,
  };
}

/** Twilio: conversations/conversations-webhooks#onmessageadded */
export function messageParameters(message: Message, messagingServiceSid: string): EventParameters {
  return {
    ConversationSid: message.conversationSid,
    ChatServiceSid: message.chatServiceSid,
    MessagingServiceSid: messagingServiceSid,
    MessageSid: message.sid,
    Index: String(message.messageIndex),
    DateCreated: isoDateMs(message.dateCreated),
    DateUpdated: isoDateMs(message.dateUpdated),
    Body: message.body,
    Author: message.author,
    ParticipantSid: message.participantSid,
    Attributes: message.attributes,
    Media: message.media,
  };
}

/** Twilio: conversations/conversations-webhooks#onparticipantadded; VoiceBinding.* is ours. */
export function participantParameters(participant: Participant): EventParameters {
  return {
    ConversationSid: participant.conversationSid,
    ChatServiceSid: participant.chatServiceSid,
    ParticipantSid: participant.sid,
    DateCreated: isoDateMs(participant.dateCreated),
    DateUpdated: isoDateMs(participant.dateUpdated),
    Identity: participant.identity,
    RoleSid: participant.roleSid,
    Attributes: participant.attributes,
    LastReadMessageIndex:
      participant.lastReadMessageIndex === null ? null : String(participant.lastReadMessageIndex),
    'MessagingBinding.Type':
      participant.bindingType ?? (participant.identity === null ? null : 'chat'),
    'MessagingBinding.Address': participant.address,
    'MessagingBinding.ProxyAddress': participant.proxyAddress,
    'MessagingBinding.ProjectedAddress': participant.projectedAddress,
    'VoiceBinding.Type': participant.voiceType,
    'VoiceBinding.Address': participant.voiceAddress,
    'VoiceBinding.ProxyAddress': participant.voiceProxyAddress,
    'VoiceBinding.ConductorSid': participant.conductorSid,
  };
}
