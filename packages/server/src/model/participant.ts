import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import type { Dated } from './record.ts';

export type BindingType = 'sms' | 'whatsapp' | 'messenger' | 'rcs' | 'email';
export type VoiceType = 'phone' | 'sip' | 'client';

export interface Participant extends Dated {
  readonly sid: Sid<'MB'>;
  readonly accountSid: Sid<'AC'>;
  readonly chatServiceSid: Sid<'IS'>;
  readonly conversationSid: Sid<'CH'>;
  readonly identity: string | null;
  readonly attributes: string;
  readonly roleSid: Sid<'RL'> | null;
  /** Messaging binding; type null = none. */
  readonly bindingType: BindingType | null;
  readonly address: string | null;
  readonly proxyAddress: string | null;
  readonly projectedAddress: string | null;
  /** Voice binding; type null = none. */
  readonly voiceType: VoiceType | null;
  readonly voiceAddress: string | null;
  readonly voiceProxyAddress: string | null;
  readonly conductorSid: Sid<'CN'> | null;
  readonly lastReadMessageIndex: number | null;
  readonly lastReadTimestamp: Instant | null;
}
