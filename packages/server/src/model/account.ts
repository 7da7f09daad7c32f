import type { Sid } from '@tutti/ids';
import type { Dated } from './record.ts';

export interface Account extends Dated {
  readonly sid: Sid<'AC'>;
  /** The account that owns this subaccount; null for a main account. */
  readonly parentSid: Sid<'AC'> | null;
  readonly friendlyName: string;
  readonly status: 'active' | 'suspended' | 'closed';
  /** In clear: it signs every webhook (Twilio: usage/security). */
  readonly authToken: string;
  /** The service of `/v1/Conversations` without `/Services/{IS}`. */
  readonly defaultServiceSid: Sid<'IS'>;
  readonly defaultMessagingServiceSid: Sid<'MG'>;
}
