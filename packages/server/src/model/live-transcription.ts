import type { Sid } from '@tutti/ids';
import type { Dated } from './record.ts';
import type { HttpMethod } from './voice-urls.ts';

/** What call-backs tell of a transcription. Twilio: voice/twiml/transcription#statuscallbackurl */
export type TranscriptionEvent =
  | 'transcription-started'
  | 'transcription-content'
  | 'transcription-stopped'
  | 'transcription-error';

export const transcribedTracks = ['inbound_track', 'outbound_track', 'both_tracks'] as const;

/** What a transcription is to be. */
export interface LiveTranscriptionSettings {
  /** What the party of the call says is inbound, what it hears outbound. */
  readonly track: (typeof transcribedTracks)[number];
  readonly languageCode: string;
  readonly partialResults: boolean;
  /** Between commas. */
  readonly hints: string | null;
  readonly inboundTrackLabel: string | null;
  readonly outboundTrackLabel: string | null;
  readonly statusCallback: string | null;
  readonly statusCallbackMethod: HttpMethod;
}

/** The words of a call, told while they are said. Twilio: voice/api/realtime-transcription-resource */
export interface LiveTranscription extends Dated {
  readonly sid: Sid<'GT'>;
  readonly accountSid: Sid<'AC'>;
  readonly callSid: Sid<'CA'>;
  readonly status: 'in-progress' | 'stopped';
  /** Unique among the transcriptions of its call that are not stopped. */
  readonly name: string | null;
  /** JSON of `LiveTranscriptionSettings`. */
  readonly settings: string;
  /** Of the last call-back; 0: there was none. */
  readonly lastSequenceId: number;
}
