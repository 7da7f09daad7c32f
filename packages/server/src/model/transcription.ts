import type { Sid } from '@tutti/ids';
import type { Dated } from './record.ts';

/** Seconds a recording may have to be transcribed. Twilio: errors 13617 */
export const TRANSCRIBED_SEC = { min: 2, max: 120 } as const;

/** What is to become of a recording once it is complete. */
export interface TranscriptionSettings {
  /** Asked when the transcription is done, or has failed; null: nobody is. */
  readonly callback: string | null;
}

/** The words of a recording. Twilio: voice/api/recording-transcription */
export interface Transcription extends Dated {
  readonly sid: Sid<'TR'>;
  readonly accountSid: Sid<'AC'>;
  readonly recordingSid: Sid<'RE'>;
  readonly callSid: Sid<'CA'>;
  readonly status: 'in-progress' | 'completed' | 'failed';
  /** Where the recording is to be fetched. */
  readonly recordingUrl: string | null;
  /** Of the recording. */
  readonly durationSec: number;
  /** Once completed. Empty: there was no word in it. */
  readonly text: string | null;
  readonly callback: string | null;
  /** Why it failed. */
  readonly errorCode: number | null;
  readonly errorMessage: string | null;
}
