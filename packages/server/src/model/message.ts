import type { Sid } from '@tutti/ids';
import type { Dated } from './record.ts';

export interface Message extends Dated {
  readonly sid: Sid<'IM'>;
  readonly accountSid: Sid<'AC'>;
  readonly chatServiceSid: Sid<'IS'>;
  readonly conversationSid: Sid<'CH'>;
  /** Unique in the conversation, from 0, never used twice. */
  readonly messageIndex: number;
  readonly author: string;
  readonly participantSid: Sid<'MB'> | null;
  readonly body: string | null;
  readonly attributes: string;
  /** JSON array of {sid, size, content_type, filename}; null = none. */
  readonly media: string | null;
  readonly subject: string | null;
}
