import type { Sid } from '@tutti/ids';
import type { Dated } from './record.ts';
import type { VoiceUrls } from './voice-urls.ts';

export interface PhoneNumber extends Dated, VoiceUrls {
  readonly sid: Sid<'PN'>;
  readonly accountSid: Sid<'AC'>;
  /** E.164, unique on the server. */
  readonly phoneNumber: string;
  readonly friendlyName: string;
  /** Wins over voiceUrl. */
  readonly voiceApplicationSid: Sid<'AP'> | null;
  readonly smsApplicationSid: Sid<'AP'> | null;
}

/** `(415) 555-0100` for a North American number, as Twilio names one that was given no name. */
export function spoken(phoneNumber: string): string {
  const match = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(phoneNumber);
  if (match === null) return phoneNumber;
  const [, area, exchange, line] = match;
  return `(${area ?? ''}) ${exchange ?? ''}-${line ?? ''}`;
}
