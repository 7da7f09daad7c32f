import type { Generated } from 'kysely';
import type { Account } from '../model/account.ts';
import type { Alert } from '../model/alert.ts';
import type { ApiKey } from '../model/api-key.ts';
import type { Audit } from '../model/audit.ts';
import type { Application } from '../model/application.ts';
import type { Call } from '../model/call.ts';
import type { Conductor } from '../model/conductor.ts';
import type { Conference, ConferenceParticipant } from '../model/conference.ts';
import type { Conversation } from '../model/conversation.ts';
import type { DebuggerWebhook } from '../model/debugger-webhook.ts';
import type { DeliveryAttempt } from '../model/delivery-attempt.ts';
import type { LiveTranscription } from '../model/live-transcription.ts';
import type { Media } from '../model/media.ts';
import type { MediaStreamRecord } from '../model/media-stream.ts';
import type { Message } from '../model/message.ts';
import type { MonitorEvent } from '../model/monitor-event.ts';
import type { OutboxEntry } from '../model/outbox-entry.ts';
import type { OutgoingCallerId } from '../model/outgoing-caller-id.ts';
import type { Participant } from '../model/participant.ts';
import type { PhoneNumber } from '../model/phone-number.ts';
import type { Queue, QueueMember } from '../model/queue.ts';
import type { Recording } from '../model/recording.ts';
import type {
  SipAddress,
  SipCredential,
  SipDomain,
  SipList,
  SipMapping,
} from '../model/sip-domain.ts';
import type { Service } from '../model/service.ts';
import type { SidUse } from '../model/sid-use.ts';
import type { Transcription } from '../model/transcription.ts';
import type { TimelineEntry } from '../model/timeline-entry.ts';
import type { ScopedWebhook } from '../model/webhook.ts';
import type { WebhookConfiguration } from '../model/webhook.ts';

/** A record as a table: `seq` is the database's to give. */
type Table<T extends { readonly seq: number }> = Omit<T, 'seq'> & { seq: Generated<number> };

/** A record about to be inserted. */
export type New<T extends { readonly seq: number }> = Omit<T, 'seq'>;

/**
 * The tables. Columns are named as the code names them, so a row is the record `model/` describes.
 * `seq` rises with each insert and orders pages; it leaves the server only inside page tokens.
 */
export interface Schema {
  accounts: Table<Account>;
  apiKeys: Table<ApiKey>;
  applications: Table<Application>;
  phoneNumbers: Table<PhoneNumber>;
  outgoingCallerIds: Table<OutgoingCallerId>;
  sipDomains: Table<SipDomain>;
  sipLists: Table<SipList>;
  sipCredentials: Table<SipCredential>;
  sipAddresses: Table<SipAddress>;
  sipMappings: Table<SipMapping>;
  services: Table<Service>;
  conversations: Table<Conversation>;
  participants: Table<Participant>;
  messages: Table<Message>;
  media: Table<Media>;
  conductors: Table<Conductor>;
  calls: Table<Call>;
  recordings: Table<Recording>;
  transcriptions: Table<Transcription>;
  liveTranscriptions: Table<LiveTranscription>;
  mediaStreams: Table<MediaStreamRecord>;
  conferences: Table<Conference>;
  conferenceParticipants: Table<ConferenceParticipant>;
  queues: Table<Queue>;
  queueMembers: Table<QueueMember>;
  scopedWebhooks: Table<ScopedWebhook>;
  webhookConfigurations: Table<WebhookConfiguration>;
  alerts: Table<Alert>;
  audits: Table<Audit>;
  debuggerWebhooks: Table<DebuggerWebhook>;
  monitorEvents: Table<MonitorEvent>;
  sidUses: Table<SidUse>;
  timeline: Table<TimelineEntry>;
  outbox: Table<OutboxEntry>;
  deliveryAttempts: Table<DeliveryAttempt>;
}
