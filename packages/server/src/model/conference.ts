import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import type { Dated } from './record.ts';
import type { HttpMethod } from './voice-urls.ts';

export const conferenceStatuses = ['init', 'in-progress', 'completed'] as const;

/** Statuses of a conference that has not ended. */
export const liveConferenceStatuses = [
  'init',
  'in-progress',
] as const satisfies readonly (typeof conferenceStatuses)[number][];

/** Twilio: voice/api/conference-resource#conference-properties */
export type ReasonConferenceEnded =
  | 'conference-ended-via-api'
  | 'participant-with-end-conference-on-exit-left'
  | 'participant-with-end-conference-on-exit-kicked'
  | 'last-participant-kicked'
  | 'last-participant-left';

/** Twilio: voice/twiml/conference#attributes-status-callback-parameters */
export type ReasonParticipantLeft =
  | 'conference_ended_via_api'
  | 'moderator_ended_conference'
  | 'participant_updated_via_api'
  | 'participant_hung_up'
  | 'participant_add_failed';

/** What a conference can be asked to tell of. Twilio: voice/twiml/conference#attributes-status-callback-event */
export const conferenceEvents = [
  'start',
  'end',
  'join',
  'leave',
  'mute',
  'hold',
  'modify',
  'speaker',
  'announcement',
] as const;
export type ConferenceEvent = (typeof conferenceEvents)[number];

/** Told of when nobody says which. Twilio: voice/api/conference-participant-resource, ConferenceStatusCallbackEvent */
export const defaultConferenceEvents: readonly ConferenceEvent[] = ['start', 'end'];

export interface Conference extends Dated {
  readonly sid: Sid<'CF'>;
  readonly accountSid: Sid<'AC'>;
  readonly friendlyName: string;
  /** The friendly name until it ends, so that only one of the account has it; then null. */
  readonly liveName: string | null;
  /** init = nobody hears anybody yet. */
  readonly status: (typeof conferenceStatuses)[number];
  readonly reasonConferenceEnded: ReasonConferenceEnded | null;
  readonly callSidEndingConference: Sid<'CA'> | null;
  /** Where its events go, as the first participant said. */
  readonly statusCallback: string | null;
  readonly statusCallbackMethod: HttpMethod;
  /** JSON array of `ConferenceEvent`. */
  readonly statusCallbackEvents: string;
  /** Recorded from its start: JSON of `RecordingSettings`, of the first who asked for it. */
  readonly recording: string | null;
  /** SequenceNumber of the next status callback. */
  readonly nextSequenceNumber: number;
  /** The process that mixes it. */
  readonly node: number;
}

/** A call that is in a conference, or on its way there. It goes with the call's leaving. */
export interface ConferenceParticipant extends Dated {
  readonly callSid: Sid<'CA'>;
  readonly accountSid: Sid<'AC'>;
  readonly conferenceSid: Sid<'CF'>;
  readonly label: string | null;
  readonly muted: 0 | 1;
  readonly hold: 0 | 1;
  /** Heard while on hold; null: music. */
  readonly holdUrl: string | null;
  readonly holdMethod: HttpMethod;
  /** Heard while the conference waits to start; null: music, empty: silence. */
  readonly waitUrl: string | null;
  readonly waitMethod: HttpMethod;
  readonly coaching: 0 | 1;
  readonly callSidToCoach: Sid<'CA'> | null;
  readonly startConferenceOnEnter: 0 | 1;
  readonly endConferenceOnExit: 0 | 1;
  readonly beepOnEnter: 0 | 1;
  readonly beepOnExit: 0 | 1;
  /** Null while its call is being placed. */
  readonly dateJoined: Instant | null;
}

/** Twilio: errors 16023 and 16024, where a label stands beside call SIDs in paths. */
const MAX_LABEL_CHARACTERS = 128;

/** Why `label` cannot name a participant, or undefined. */
export function labelProblem(label: string): string | undefined {
  if (label === '' || label.length > MAX_LABEL_CHARACTERS) {
    return `A label has 1 to ${MAX_LABEL_CHARACTERS} characters, this one ${label.length}.`;
  }
  if (/^CA[0-9a-f]{32}$/i.test(label)) return 'A label must not look like a Call SID.';
  return label.includes('/') ? 'A label must not contain /.' : undefined;
}
