import type { Sid } from '@tutti/ids';
import type { Dated } from './record.ts';

/** A number whose owner has let the account show it. Twilio: voice/api/outgoing-caller-ids */
export interface OutgoingCallerId extends Dated {
  readonly sid: Sid<'PN'>;
  readonly accountSid: Sid<'AC'>;
  /** E.164, once in an account. */
  readonly phoneNumber: string;
  readonly friendlyName: string;
}

/** What a call that verifies a number is about. */
export interface Validation {
  readonly friendlyName: string;
  /** Six digits, to be keyed by who answers. */
  readonly code: string;
  /** How long nobody is called yet. */
  readonly delaySec: number;
  /** Null until the code was keyed. */
  readonly outgoingCallerIdSid: Sid<'PN'> | null;
}
