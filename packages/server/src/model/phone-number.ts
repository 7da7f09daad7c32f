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
