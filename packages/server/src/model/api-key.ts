import type { Sid } from '@tutti/ids';
import type { Dated } from './record.ts';

export interface ApiKey extends Dated {
  readonly sid: Sid<'SK'>;
  readonly accountSid: Sid<'AC'>;
  readonly friendlyName: string;
  /** SHA-256 of the secret in hexadecimal; the secret itself is shown once and kept nowhere. */
  readonly secretHash: string;
}
