import { attributeTable, optional, present, readAttributes, withDefault } from '../attributes.ts';
import { ownText } from '../element.ts';
import type { Element } from '../element.ts';
import { MAX_CONFERENCE_PARTICIPANTS, MAX_NAME_CHARACTERS } from '../limits.ts';
import { method, oneOf, someOf, someText, trueOrFalse, url, wholeNumber } from '../values.ts';
import type { Method } from '../values.ts';
import { shorten } from '../warnings.ts';
import type { Warnings } from '../warnings.ts';
import { recordingCallbackRows, toRecordingCallback, trim } from './recording.ts';
import type { RecordingCallback, Trim } from './recording.ts';

const events = [
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

/** In `<Dial>`. Source: Twilio: voice/twiml/conference. */
export interface ConferenceNoun extends RecordingCallback {
  readonly noun: 'Conference';
  readonly name: string;
  readonly muted: boolean;
  readonly startConferenceOnEnter: boolean;
  readonly endConferenceOnExit: boolean;
  readonly beep: 'true' | 'false' | 'onEnter' | 'onExit';
  readonly maxParticipants: number;
  /** Absent: music, `''`: silence. */
  readonly waitUrl?: string;
  readonly waitMethod: Method;
  readonly record: 'do-not-record' | 'record-from-start';
  readonly trim: Trim;
  readonly coach?: string;
  readonly participantLabel?: string;
  readonly statusCallback?: string;
  readonly statusCallbackMethod: Method;
  readonly statusCallbackEvents: readonly (typeof events)[number][];
}

const attributes = attributeTable(
  {
    muted: withDefault(trueOrFalse, false, 13230),
    startConferenceOnEnter: withDefault(trueOrFalse, true, 13232),
    endConferenceOnExit: withDefault(trueOrFalse, false, 13231),
    beep: withDefault(oneOf('true', 'false', 'onEnter', 'onExit'), 'true', 13235),
    maxParticipants: withDefault(
      wholeNumber(2, MAX_CONFERENCE_PARTICIPANTS),
      MAX_CONFERENCE_PARTICIPANTS,
    ),
    waitUrl: optional(url, 13233),
    waitMethod: withDefault(method, 'POST', 13234),
    record: withDefault(
      oneOf('do-not-record', 'record-from-start', 'true', 'false'),
      'do-not-record',
    ),
    trim: withDefault(trim, 'trim-silence', 13239),
    coach: optional(someText, 13240),
    participantLabel: optional(someText, 16023),
    ...recordingCallbackRows(13256),
    statusCallback: optional(url),
    statusCallbackMethod: withDefault(method, 'POST'),
    statusCallbackEvent: withDefault(someOf(...events), []),
  },
  ['region', 'jitterBufferSize', 'eventCallbackUrl', 'recordingConfigurationId'],
);

/** Reads `<Conference>`, or gives nothing when its name is none. */
export function readConference(element: Element, warnings: Warnings): ConferenceNoun | undefined {
  const values = readAttributes(element, attributes, warnings);
  warnings.addChildren(element);
  const name = ownText(element);
  if (name === '' || name.length > MAX_NAME_CHARACTERS) {
    warnings.add(
      13237,
      element.line,
      () =>
        `"${shorten(name)}" is no name of a conference: 1 to ${MAX_NAME_CHARACTERS} characters.`,
    );
    return undefined;
  }
  const { record, waitUrl, coach, participantLabel, statusCallback } = values;
  const isRecorded = record === 'record-from-start' || record === 'true';
  return {
    noun: 'Conference',
    name,
    muted: values.muted,
    startConferenceOnEnter: values.startConferenceOnEnter,
    endConferenceOnExit: values.endConferenceOnExit,
    beep: values.beep,
    maxParticipants: values.maxParticipants,
    ...present({ waitUrl, coach, participantLabel, statusCallback }),
    waitMethod: values.waitMethod,
    record: isRecorded ? 'record-from-start' : 'do-not-record',
    trim: values.trim,
    ...toRecordingCallback(values),
    statusCallbackMethod: values.statusCallbackMethod,
    statusCallbackEvents: values.statusCallbackEvent,
  };
}
