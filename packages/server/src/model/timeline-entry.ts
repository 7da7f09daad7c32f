import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';

/** What happened in a conversation besides its messages. */
export interface TimelineEntry {
  readonly seq: number;
  readonly accountSid: Sid<'AC'>;
  readonly conversationSid: Sid<'CH'>;
  readonly kind: 'call' | 'digits' | 'recording' | 'participant' | 'conductor' | 'conversation';
  /** What of it: a call's status, added, updated, removed. */
  readonly event: string;
  readonly resourceSid: string;
  /** JSON object with what there is to tell. */
  readonly data: string;
  readonly dateCreated: Instant;
}
