import type { Sid } from '@tutti/ids';
import type { Dated } from './record.ts';

/** A file that messages carry. Its bytes are in a file named by its SID. */
export interface Media extends Dated {
  readonly sid: Sid<'ME'>;
  readonly accountSid: Sid<'AC'>;
  readonly chatServiceSid: Sid<'IS'>;
  readonly conversationSid: Sid<'CH'>;
  /** null while no message carries it. */
  readonly messageSid: Sid<'IM'> | null;
  readonly author: string;
  readonly filename: string;
  readonly contentType: string;
  readonly sizeBytes: number;
}
