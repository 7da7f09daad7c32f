import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import { byteLength } from './attributes.ts';
import type { Dated } from './record.ts';

/** Twilio: conversations/conversations-limits */
export const messageLimits = {
  bodyBytes: 32 * 1024,
  attributesBytes: 4 * 1024,
  author: 256,
} as const;

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

/** @throws RequestError bodyTooLong. Twilio: errors 50504 */
export function checkBody(body: string, name: string): void {
  const max = messageLimits.bodyBytes;
  const length = byteLength(body, max);
  if (length > max) throw refusal('bodyTooLong', { name, length, max });
}
