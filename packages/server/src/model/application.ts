import type { Sid } from '@tutti/ids';
import type { Dated } from './record.ts';
import type { VoiceUrls } from './voice-urls.ts';

export interface Application extends Dated, VoiceUrls {
  readonly sid: Sid<'AP'>;
  readonly accountSid: Sid<'AC'>;
  readonly friendlyName: string | null;
  readonly messageStatusCallback: string | null;
  /** 1 = other accounts may dial it with <Application>. */
  readonly publicApplicationConnectEnabled: number;
}
