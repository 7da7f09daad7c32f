import { isoDateMs } from '../base/http-date.ts';
import type { BusMessage } from '../model/bus-message.ts';
import type { Conversation } from '../model/conversation.ts';
import { deliveryKey, type Delivery } from '../model/delivery.ts';
import type { Message } from '../model/message.ts';
import type { Participant } from '../model/participant.ts';
import type { PostEvent, PreEvent, ScopedWebhook } from '../model/webhook.ts';
import { insertOutboxEntry } from '../store/outbox.ts';
import type { Tx } from '../store/transact.ts';
import { listScopedWebhooks } from '../store/webhooks.ts';
import type { ActionContext, Origin } from './context.ts';
import { findEffectiveWebhooks } from './find-effective-webhooks.ts';

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
  const targets: Target[] = (await listScopedWebhooks(tx, conversation.sid)).filter((webhook) =>
    listensTo(webhook, event, parameters),
  );
  const configuration = await findEffectiveWebhooks(tx, conversation);
  if (configuration?.postWebhookUrl != null && configuration.filters.includes(event)) {
    targets.push({ url: configuration.postWebhookUrl, method: configuration.method });
  }
  for (const target of targets) {
    const told = { event, source: origin.source, resourceSid, parameters };
    tell(tx, { ids, clock }, conversation, target, told);
  }
}

type Target = Pick<ScopedWebhook, 'url' | 'method'>;

/** Whether a conversation's own webhook hears of the event. */
export function listensTo(
  webhook: Pick<ScopedWebhook, 'target' | 'filters' | 'triggers'>,
  event: PostEvent,
  parameters: EventParameters,
): boolean {
  if (webhook.target === 'webhook') {
    return (JSON.parse(webhook.filters) as string[]).includes(event);
  }
  const body = parameters['Body'];
  return event === 'onMessageAdded' && body != null && containsTrigger(body, webhook.triggers);
}

/** Writes one event for one webhook into the outbox. */
export function tell(
  tx: Tx,
  { ids, clock }: Needs,
  conversation: Pick<Conversation, 'sid' | 'accountSid'>,
  { url, method }: Target,
  told: {
    readonly event: PostEvent;
    readonly source: Origin['source'];
    readonly resourceSid: string;
    readonly parameters: EventParameters;
  },
): void {
  const delivery: Delivery = {
    source: 'conversation',
    eventType: told.event,
    resourceSid: told.resourceSid,
    url,
    method,
    parameters: eventForm(conversation.accountSid, told.event, told.source, told.parameters),
    idempotencyToken: ids.uuid(),
  };
  enqueue(tx, { clock }, conversation, conversation.sid, delivery);
}

/** What every event carries, and those of its own parameters that have a value. */
export function eventForm(
  accountSid: Conversation['accountSid'],
  event: PostEvent | PreEvent,
  source: Origin['source'],
  parameters: EventParameters,
): Record<string, string> {
  const form: Record<string, string> = {
    AccountSid: accountSid,
    EventType: event,
    Source: source,
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (value != null) form[name] = value;
  }
  return form;
}

/** Twilio: conversations/api/conversation-scoped-webhook-resource#triggers */
function containsTrigger(body: string, triggers: string | null): boolean {
  const words = triggers === null ? [] : (JSON.parse(triggers) as string[]);
  const text = body.toLowerCase();
  return words.some((word) => text.includes(word.toLowerCase()));
}

/** Puts a webhook into the outbox. Those of one `orderingKey` reach one receiver one after another. */
export function enqueue(
  tx: Tx,
  { clock }: Pick<ActionContext, 'clock'>,
  owner: { readonly accountSid: Conversation['accountSid'] },
  orderingKey: string,
  delivery: Delivery,
): void {
  insertOutboxEntry(tx, {
    accountSid: owner.accountSid,
    orderingKey: deliveryKey(orderingKey, delivery),
    kind: 'webhook',
    payload: JSON.stringify(delivery),
    dateCreated: clock.now(),
  });
}

/** Puts news for this system's own doors into the outbox. */
export function notify(
  tx: Tx,
  { clock }: Pick<ActionContext, 'clock'>,
  owner: { readonly accountSid: Conversation['accountSid'] },
  orderingKey: string,
  message: BusMessage,
): void {
  insertOutboxEntry(tx, {
    accountSid: owner.accountSid,
    orderingKey,
    kind: 'bus',
    payload: JSON.stringify(message),
    dateCreated: clock.now(),
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
