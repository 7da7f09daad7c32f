import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';

/** Records of an account whose changes are kept as events. Twilio: usage/monitor-events */
export type AuditedType =
  | 'account'
  | 'api-key'
  | 'application'
  | 'conductor'
  | 'conversation-webhook'
  | 'debugger-webhook'
  | 'outgoing-caller-id'
  | 'phone-number'
  | 'service'
  | 'sip-address'
  | 'sip-credential'
  | 'sip-domain'
  | 'sip-list'
  | 'sip-mapping'
  | 'webhook-configuration';

/** One change of an account's settings: who made it, from where, and what it was. */
export interface MonitorEvent {
  readonly seq: number;
  readonly sid: Sid<'AE'>;
  readonly accountSid: Sid<'AC'>;
  /** Whose credentials made it: the account's own, its parent's or a key's; null when the server made it itself. */
  readonly actorSid: Sid<'AC' | 'SK'> | null;
  /** `<resource>.<action>`, as `phone-number.created`. */
  readonly eventType: string;
  readonly resourceType: AuditedType;
  readonly resourceSid: string;
  readonly source: 'api' | 'twilio';
  readonly sourceIpAddress: string | null;
  /** JSON: the properties, or of an update those that changed, each with previous and updated. */
  readonly eventData: string;
  readonly dateCreated: Instant;
}
