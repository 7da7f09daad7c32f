import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { ErrorName } from '../base/error-catalogue.ts';
import {
  defaultConferenceEvents,
  labelProblem,
  type Conference,
  type ConferenceEvent,
  type ConferenceParticipant,
} from '../model/conference.ts';
import type { RecordingSettings } from '../model/recording.ts';
import type { HttpMethod } from '../model/voice-urls.ts';
import { insertConference, lockLiveConference, updateConference } from '../store/conferences.ts';
import { lockName } from '../store/locks.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import type { ActionContext } from './context.ts';
import { noteMade } from './note-made.ts';

/** How somebody takes part, as `<Conference>` and the Participants resource say it. */
export interface ConferenceEntry {
  readonly label: string | null;
  readonly muted: boolean;
  readonly beep: 'true' | 'false' | 'onEnter' | 'onExit';
  readonly startConferenceOnEnter: boolean;
  readonly endConferenceOnExit: boolean;
  readonly maxParticipants: number;
  /** null: music, empty: silence. */
  readonly waitUrl: string | null;
  readonly waitMethod: HttpMethod;
  /** The call that alone hears this one. */
  readonly coach: string | null;
  readonly statusCallback: string | null;
  readonly statusCallbackMethod: HttpMethod;
  /** Empty: those that are told by default. */
  readonly statusCallbackEvents: readonly ConferenceEvent[];
  /** The conference is to be recorded; absent: says nothing of it. */
  readonly recording?: RecordingSettings | undefined;
}

/** The conference of that name, locked; made when there is none, with the call-backs of who makes it. */
export async function openConference(
  tx: Tx,
  { ids, clock, node, ledger }: Pick<ActionContext, 'ids' | 'clock' | 'node' | 'ledger'>,
  accountSid: Sid<'AC'>,
  name: string,
  entry: ConferenceEntry,
): Promise<New<Conference>> {
  await lockName(tx, 'conference', accountSid, name);
  const live = await lockLiveConference(tx, accountSid, name);
  if (live !== undefined) {
    if (live.node === node) return askToRecord(tx, live, entry);
    throw refusal('conferenceElsewhere', { name, sid: live.sid }, { resourceSid: live.sid });
  }
  const { statusCallback, statusCallbackMethod, statusCallbackEvents } = entry;
  const events = statusCallbackEvents.length === 0 ? defaultConferenceEvents : statusCallbackEvents;
  const now = clock.now();
  const conference: New<Conference> = {
    sid: ids.sid('CF'),
    accountSid,
    friendlyName: name,
    liveName: name,
    status: 'init',
    reasonConferenceEnded: null,
    callSidEndingConference: null,
    statusCallback,
    statusCallbackMethod,
    statusCallbackEvents: JSON.stringify(events),
    recording: entry.recording === undefined ? null : JSON.stringify(entry.recording),
    nextSequenceNumber: 1,
    node,
    dateCreated: now,
    dateUpdated: now,
  };
  await insertConference(tx, conference);
  noteMade(tx, { ledger }, conference);
  return conference;
}

/** Who is first to ask that a conference be recorded says how; its recording begins with the next who comes in. */
export async function askToRecord(
  tx: Tx,
  conference: Conference,
  entry: ConferenceEntry,
): Promise<Conference> {
  if (entry.recording === undefined || conference.recording !== null) return conference;
  const recording = JSON.stringify(entry.recording);
  await updateConference(tx, conference.sid, { recording });
  return { ...conference, recording };
}

/** Twilio's codes for the same refusals: in a document, and in an API request. */
export interface EntryErrors {
  readonly label: ErrorName & ('conferenceLabelInTwiml' | 'conferenceLabel');
  readonly labelTaken: ErrorName & ('conferenceLabelTakenInTwiml' | 'conferenceLabelTaken');
}

/** @throws RequestError conferenceFull and those of `errors` */
export function checkEntry(
  { sid, friendlyName: name }: New<Conference>,
  members: readonly ConferenceParticipant[],
  { label, maxParticipants: max }: ConferenceEntry,
  errors: EntryErrors,
): void {
  if (members.length >= max) {
    throw refusal('conferenceFull', { name, sid, max }, { resourceSid: sid });
  }
  if (label === null) return;
  const problem = labelProblem(label);
  if (problem !== undefined) throw refusal(errors.label, { given: label, problem });
  if (members.some((member) => member.label === label)) {
    throw refusal(errors.labelTaken, { given: label, name, sid }, { resourceSid: sid });
  }
}

/** The row of somebody who comes in. */
export function newParticipant(
  { clock }: Pick<ActionContext, 'clock'>,
  conference: New<Conference>,
  callSid: Sid<'CA'>,
  entry: ConferenceEntry,
): New<ConferenceParticipant> {
  const now = clock.now();
  const { beep, coach } = entry;
  return {
    callSid,
    accountSid: conference.accountSid,
    conferenceSid: conference.sid,
    label: entry.label,
    muted: entry.muted ? 1 : 0,
    hold: 0,
    holdUrl: null,
    holdMethod: 'GET',
    waitUrl: entry.waitUrl,
    waitMethod: entry.waitMethod,
    coaching: coach === null ? 0 : 1,
    callSidToCoach: coach as Sid<'CA'> | null,
    startConferenceOnEnter: entry.startConferenceOnEnter ? 1 : 0,
    endConferenceOnExit: entry.endConferenceOnExit ? 1 : 0,
    beepOnEnter: beep === 'true' || beep === 'onEnter' ? 1 : 0,
    beepOnExit: beep === 'true' || beep === 'onExit' ? 1 : 0,
    dateJoined: null,
    dateCreated: now,
    dateUpdated: now,
  };
}
