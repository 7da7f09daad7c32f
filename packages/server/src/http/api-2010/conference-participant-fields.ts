import { refusal } from '../../base/app-error.ts';
import { conferenceEvents } from '../../model/conference.ts';
import { boolean, integer, listOf, method, oneOf, text, url } from '../fields.ts';
import type { Field } from '../form.ts';
import { machineDetectionFields } from './machine-detection-fields.ts';
import { recordingFields } from './recording-fields.ts';
import { createFields, dialFields, notCarried, seconds } from './call-fields.ts';

/** Twilio: voice/api/conference-participant-resource#create-a-participant */
const TIMEOUT_MIN_SEC = 5;
const TIMEOUT_MAX_SEC = 600;
const PARTICIPANTS_MAX = 250;

/** The SID of a call, or none. */
const callSidToCoach = text();

/** Has no effect where all sound is mixed at one place and in one way; taken, so that nothing must be changed. */
const without = (...allowed: [string, ...string[]]): Field<string> => oneOf(allowed);

export const addFields = {
  From: dialFields.From,
  To: createFields.To,
  CallerId: createFields.CallerId,
  StatusCallback: dialFields.StatusCallback,
  StatusCallbackMethod: dialFields.StatusCallbackMethod,
  StatusCallbackEvent: dialFields.StatusCallbackEvent,
  Timeout: seconds(TIMEOUT_MIN_SEC, TIMEOUT_MAX_SEC),
  TimeLimit: dialFields.TimeLimit,
  SipAuthUsername: dialFields.SipAuthUsername,
  SipAuthPassword: dialFields.SipAuthPassword,
  Label: text(),
  Muted: boolean,
  Beep: oneOf(['true', 'false', 'onEnter', 'onExit']),
  StartConferenceOnEnter: boolean,
  EndConferenceOnExit: boolean,
  WaitUrl: url('invalidUrl'),
  WaitMethod: method('invalidMethod'),
  MaxParticipants: integer(2, PARTICIPANTS_MAX),
  Coaching: boolean,
  CallSidToCoach: callSidToCoach,
  ConferenceStatusCallback: url('invalidUrl'),
  ConferenceStatusCallbackMethod: method('invalidMethod'),
  ConferenceStatusCallbackEvent: listOf(oneOf(conferenceEvents)),
  Region: text(),
  JitterBufferSize: without('off', 'small', 'medium', 'large'),
  EarlyMedia: boolean,
  ConferenceRecord: oneOf(['true', 'false', 'record-from-start', 'do-not-record']),
  ConferenceTrim: recordingFields.Trim,
  ConferenceRecordingStatusCallback: recordingFields.RecordingStatusCallback,
  ConferenceRecordingStatusCallbackMethod: recordingFields.RecordingStatusCallbackMethod,
  ConferenceRecordingStatusCallbackEvent: recordingFields.RecordingStatusCallbackEvent,
  Record: dialFields.Record,
  ...recordingFields,
  ...machineDetectionFields,
  AmdStatusCallback: url('invalidUrl'),
  AmdStatusCallbackMethod: method('invalidMethod'),
  AsyncAmd: text(),
  AsyncAmdStatusCallback: text(),
  AsyncAmdStatusCallbackMethod: text(),
  Byoc: dialFields.Byoc,
  CallReason: dialFields.CallReason,
  CallToken: dialFields.CallToken,
  ClientNotificationUrl: dialFields.ClientNotificationUrl,
  CallerDisplayName: notCarried(),
  Passports: dialFields.Passports,
  EmergencyAddress: notCarried(),
  EmergencyCallerLocation: notCarried(),
  EmergencyCallerPosition: notCarried(),
  EmergencyCity: notCarried(),
  EmergencyCountry: notCarried(),
  EmergencyName: notCarried(),
  EmergencyState: notCarried(),
  EmergencyZipCode: notCarried(),
};

export const changeFields = {
  Muted: boolean,
  Hold: boolean,
  HoldUrl: url('invalidUrl'),
  HoldMethod: method('invalidMethod'),
  AnnounceUrl: url('invalidUrl'),
  AnnounceMethod: method('invalidMethod'),
  WaitUrl: url('invalidUrl'),
  WaitMethod: method('invalidMethod'),
  BeepOnExit: boolean,
  EndConferenceOnExit: boolean,
  Coaching: boolean,
  CallSidToCoach: callSidToCoach,
};

export const memberFilterFields = { Muted: boolean, Hold: boolean, Coaching: boolean };

/** Twilio: errors 13237 */
const NAME_MAX = 128;

/** @throws RequestError invalidParameter */
export function readConferenceName(given: string): string {
  const name = given.trim();
  if (name.length > 0 && name.length <= NAME_MAX && !/\p{Cc}/u.test(name)) return name;
  throw refusal('invalidParameter', {
    name: 'ConferenceSid',
    problem: `${given.slice(0, NAME_MAX)} was given; a CF SID, or a name of 1 to ${NAME_MAX} characters, is expected.`,
  });
}
