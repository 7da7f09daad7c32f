import type { Sid } from '@tutti/ids';
import type { Dated } from './record.ts';
import type { HttpMethod } from './voice-urls.ts';

export interface ScopedWebhook extends Dated {
  readonly sid: Sid<'WH'>;
  readonly accountSid: Sid<'AC'>;
  readonly chatServiceSid: Sid<'IS'>;
  readonly conversationSid: Sid<'CH'>;
  readonly target: 'webhook' | 'trigger';
  readonly url: string;
  readonly method: HttpMethod;
  /** JSON array of event names. */
  readonly filters: string;
  /** JSON array of words; null for target webhook. */
  readonly triggers: string | null;
}

/** Post- and pre-event webhooks of an account or a service. */
export interface WebhookConfiguration extends Dated {
  /** AC = all services of the account, IS = that service, which then replaces the account's. */
  readonly ownerSid: Sid<'AC' | 'IS'>;
  readonly accountSid: Sid<'AC'>;
  readonly preWebhookUrl: string | null;
  readonly postWebhookUrl: string | null;
  readonly method: HttpMethod;
  /** JSON array of event names; an event not named does not fire. */
  readonly filters: string;
}

/** Events told after the change. Twilio: conversations/conversations-webhooks; the last six are ours. */
export const postEvents = [
  'onMessageAdded',
  'onMessageUpdated',
  'onMessageRemoved',
  'onConversationAdded',
  'onConversationUpdated',
  'onConversationRemoved',
  'onConversationStateUpdated',
  'onParticipantAdded',
  'onParticipantUpdated',
  'onParticipantRemoved',
  'onDeliveryUpdated',
  'onUserAdded',
  'onUserUpdated',
  'onConductorAdded',
  'onConductorUpdated',
  'onConductorRemoved',
  'onCallAdded',
  'onCallUpdated',
  'onCallRemoved',
] as const;
export type PostEvent = (typeof postEvents)[number];

/** Events asked about before the change. */
export const preEvents = [
  'onMessageAdd',
  'onMessageUpdate',
  'onMessageRemove',
  'onConversationAdd',
  'onConversationUpdate',
  'onConversationRemove',
  'onParticipantAdd',
  'onParticipantUpdate',
  'onParticipantRemove',
  'onUserUpdate',
] as const;
export type PreEvent = (typeof preEvents)[number];
