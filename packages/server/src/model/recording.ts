import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import type { Dated } from './record.ts';
import type { HttpMethod } from './voice-urls.ts';

/** What the file of a call's sound is going through. Twilio: voice/api/recording#recording-status */
type RecordingStatus = (typeof unfinishedStatuses)[number] | (typeof finalStatuses)[number];

/** Statuses of a recording whose file is still being written. */
export const unfinishedStatuses = ['in-progress', 'paused', 'stopped'] as const;

/** Of a deleted one the record alone is left. */
export const finalStatuses = ['completed', 'absent', 'deleted'] as const;

/** What a call-back can be asked for. */
export const recordingEvents = ['in-progress', 'completed', 'absent'] as const;
export type RecordingEvent = (typeof recordingEvents)[number];

export const recordingTracks = ['both', 'inbound', 'outbound'] as const;

/** What a recording is to be. */
export interface RecordingSettings {
  readonly source:
    'RecordVerb' | 'DialVerb' | 'Conference' | 'OutboundAPI' | 'StartCallRecordingAPI';
  readonly channels: 1 | 2;
  /** Of the recorded leg: what its party says is inbound, what it hears outbound. */
  readonly track: (typeof recordingTracks)[number];
  readonly trim: 'trim-silence' | 'do-not-trim';
  readonly statusCallback: string | null;
  readonly statusCallbackMethod: HttpMethod;
  /** JSON array of in-progress, completed, absent. */
  readonly statusCallbackEvents: string;
}

/** The sound of a call. Its bytes are in a file named by its SID. */
export interface Recording extends Dated, RecordingSettings {
  readonly sid: Sid<'RE'>;
  readonly accountSid: Sid<'AC'>;
  /** Of a conference: the call whose coming began it. */
  readonly callSid: Sid<'CA'>;
  /** What is recorded, in place of the call. */
  readonly conferenceSid: Sid<'CF'> | null;
  readonly status: RecordingStatus;
  readonly startTime: Instant;
  /** JSON of `TranscriptionSettings`: what is made of it once it is complete; null: nothing. */
  readonly transcription: string | null;
  /** Where its file is to be fetched, once it is begun. */
  readonly url: string | null;
  /** Once completed. */
  readonly durationSec: number | null;
  readonly sizeBytes: number | null;
  /** Why it is absent, or what it lacks. */
  readonly errorCode: number | null;
}

/** Whether its file is still being written. */
export function isUnfinished({ status }: Pick<Recording, 'status'>): boolean {
  return status === 'in-progress' || status === 'paused' || status === 'stopped';
}
