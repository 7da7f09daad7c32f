import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';

export interface OutboxEntry {
  readonly seq: number;
  readonly accountSid: Sid<'AC'>;
  /**
   * Entries of one key are sent one after another, in order of seq: a conversation's or call's SID, and of a webhook
   * the host of its receiver behind a blank.
   */
  readonly orderingKey: string;
  /** webhook = a signed request to the customer; bus = news for the doors of this server. */
  readonly kind: 'webhook' | 'bus';
  /** JSON: a Delivery (kind webhook) or a BusMessage (kind bus). */
  readonly payload: string;
  /** pending → done, or failed when every attempt was used up; failed → replayed when another entry sends it again. */
  readonly status: 'pending' | 'done' | 'failed' | 'replayed';
  readonly attempts: number;
  /** Not before this instant. */
  readonly dateAvailable: Instant;
  readonly dateCreated: Instant;
}
