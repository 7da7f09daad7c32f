import type { Sid } from '@tutti/ids';
import type { Dated } from './record.ts';

export const accountStatuses = ['active', 'suspended', 'closed'] as const;

export interface Account extends Dated {
  readonly sid: Sid<'AC'>;
  /** The account that owns this subaccount; null for a main account. */
  readonly parentSid: Sid<'AC'> | null;
  readonly friendlyName: string;
  /** A closed one stays closed. Twilio: iam/api/subaccounts#closing-subaccounts */
  readonly status: (typeof accountStatuses)[number];
  /** In clear: it signs every webhook (Twilio: usage/security). */
  readonly authToken: string;
  /** The token to come: it opens the API, and signs once it is promoted. Twilio: iam/api/secondary_authtoken */
  readonly secondaryAuthToken: string | null;
  /** The service of `/v1/Conversations` without `/Services/{IS}`. */
  readonly defaultServiceSid: Sid<'IS'>;
  readonly defaultMessagingServiceSid: Sid<'MG'>;
}
