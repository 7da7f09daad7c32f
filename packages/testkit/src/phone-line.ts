import type { Credentials, SipEndpoint, SipUri } from '@tutti/sip';
import type { CallAudio } from './call-audio.ts';

/** What a phone's calls need of it. */
export interface PhoneLine {
  readonly endpoint: SipEndpoint;
  readonly number: string;
  /** The From of our calls. */
  readonly address: string;
  readonly server: SipUri | undefined;
  readonly transport: 'udp' | 'tcp' | undefined;
  readonly credentials: Credentials | undefined;
  openAudio(): Promise<CallAudio>;
}
