import type { HttpMethod } from './voice-urls.ts';

/** A webhook to be sent: what an outbox entry of kind `webhook` holds. */
export interface Delivery {
  /** Post-event of a conversation (5 s, no overrides) or call-back of a call (15 s). */
  readonly source: 'conversation' | 'call';
  readonly eventType: string;
  /** What the event is about; shown with each attempt and in alerts. */
  readonly resourceSid: string;
  readonly url: string;
  readonly method: HttpMethod;
  readonly parameters: Readonly<Record<string, string>>;
  /** Constant over attempts, so that the receiver can tell a repeat. */
  readonly idempotencyToken: string;
}
