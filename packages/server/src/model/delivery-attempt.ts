import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import type { HttpMethod } from './voice-urls.ts';

/** One request of a webhook delivery, and what came of it. */
export interface DeliveryAttempt {
  readonly seq: number;
  readonly outboxSeq: number;
  readonly accountSid: Sid<'AC'>;
  readonly eventType: string;
  readonly resourceSid: string | null;
  readonly method: HttpMethod;
  readonly url: string;
  /** Of the URL, with its port. null in rows of before it was kept. */
  readonly host: string | null;
  /** As sent. null in rows of before it was kept. */
  readonly idempotencyToken: string | null;
  /** The delivery that this one's delivery sends again. */
  readonly replayOf: number | null;
  readonly attempt: number;
  /** How often it was asked for, repeated as the URL says. null in rows of before it was kept. */
  readonly requests: number | null;
  /** null when no answer came. */
  readonly statusCode: number | null;
  /** Twilio's code for what went wrong; null when nothing did. */
  readonly errorCode: number | null;
  readonly problem: string | null;
  readonly durationMs: number;
  readonly dateCreated: Instant;
}
