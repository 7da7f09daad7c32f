import { isSid, type Sid } from '@tutti/ids';
import { addConferenceParticipant } from '../../actions/add-conference-participant.ts';
import { removeConferenceParticipant } from '../../actions/remove-conference-participant.ts';
import {
  changeConferenceParticipant,
  type MemberPlace,
} from '../../actions/update-conference-participant.ts';
import { alertNamed } from '../../actions/raise-alert.ts';
import { refusal } from '../../base/app-error.ts';
import { readApplicationAddress } from '../../model/application.ts';
import type { RecordingSettings } from '../../model/recording.ts';
import type { CallStatus } from '../../model/call.ts';
import type { ConferenceParticipant } from '../../model/conference.ts';
import {
  findConferenceMember,
  mapCallStatuses,
  pageConferenceMembers,
} from '../../store/conference-participants.ts';
import type { Db } from '../../store/open-store.ts';
import type { New } from '../../store/schema.ts';
import type { ScopedRequest } from '../conversations-v1/scope.ts';
import { applicationSid } from '../fields.ts';
import { form, type FormValues } from '../form.ts';
import { nullable, orNull } from '../given.ts';
import { operation, type Routes } from '../operation.ts';
import { pathNotFound } from '../path-not-found.ts';
import { page2010, rfc2822Date, type Json } from '../render.ts';
import { readFrom, readTo } from './call-fields.ts';
import { toPlace } from './calls.ts';
import {
  addFields,
  changeFields,
  memberFilterFields,
  readConferenceName,
} from './conference-participant-fields.ts';
import { conferenceOf } from './conferences.ts';
import { readMachineDetection } from './machine-detection-fields.ts';
import { readRecording } from './recording-fields.ts';
import { uri2010 } from './uri.ts';

const PAGE_MAX = 1000;
/** Twilio: voice/twiml/conference#attributes-maxparticipants */
const PARTICIPANTS_MAX = 250;

const add = form(addFields);
const change = form(changeFields);
const filters = form(memberFilterFields);

/** Twilio: voice/api/conference-participant-resource */
export function conferenceParticipantRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;
  const collection = '/2010-04-01/Accounts/:AccountSid/Conferences/:ConferenceSid/Participants';
  const item = `${collection}/:CallSid`;

  operation(routes, {
    method: 'POST',
    path: collection,
    parameters: add,
    status: 201,
    handle: async (request) => {
      const { values } = request;
      const key = request.path['ConferenceSid'] ?? '';
      const room = isSid(key, 'CF')
        ? (await conferenceOf(db, request, 'ConferenceSid')).sid
        : readConferenceName(key);
      const to = readCalled(values.To);
      const { participant, call } = await addConferenceParticipant(
        context,
        request.caller.account.sid,
        room,
        entryOf(values),
        { ...placed(values), to, from: readFrom(values.CallerId ?? values.From, to) },
      );
      return { ...renderMember(participant, call.status), queue_time: '0' };
    },
  });

  operation(routes, {
    method: 'GET',
    path: collection,
    parameters: filters,
    handle: async (request) => {
      const { sid } = await conferenceOf(db, request, 'ConferenceSid');
      const { Muted: muted, Hold: hold, Coaching: coaching } = request.values;
      const wanted = request.page(PAGE_MAX);
      const page = await pageConferenceMembers(db, sid, { muted, hold, coaching }, wanted);
      const statuses = await mapCallStatuses(
        db,
        page.items.map(({ callSid }) => callSid),
      );
      const items = page.items.map((each) => renderMember(each, statuses.get(each.callSid)));
      return page2010('participants', items, request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: item,
    handle: async (request) => render(db, (await memberOf(db, request)).participant),
  });

  operation(routes, {
    method: 'POST',
    path: item,
    parameters: change,
    handle: async (request) => {
      const { values } = request;
      const { place } = await memberOf(db, request);
      const changed = await changeConferenceParticipant(context, place, {
        muted: values.Muted,
        hold: values.Hold,
        holdUrl: nullable(values.HoldUrl),
        holdMethod: values.HoldMethod,
        waitUrl: values.WaitUrl,
        waitMethod: values.WaitMethod,
        announceUrl: values.AnnounceUrl === '' ? undefined : values.AnnounceUrl,
        announceMethod: values.AnnounceMethod,
        beepOnExit: values.BeepOnExit,
        endConferenceOnExit: values.EndConferenceOnExit,
        coaching: values.Coaching,
        callSidToCoach: values.CallSidToCoach,
      });
      return render(db, changed);
    },
  });

  operation(routes, {
    method: 'DELETE',
    path: item,
    status: 204,
    handle: async (request) => {
      const { place } = await memberOf(db, request);
      await removeConferenceParticipant(context, place);
    },
  });
}

async function memberOf(
  db: Db,
  request: ScopedRequest,
): Promise<{ readonly place: MemberPlace; readonly participant: ConferenceParticipant }> {
  const { sid: conferenceSid, accountSid } = await conferenceOf(db, request, 'ConferenceSid');
  const key = request.path['CallSid'] ?? '';
  const participant = await findConferenceMember(db, conferenceSid, key);
  if (participant === undefined) throw pathNotFound(request, key, 'CA');
  return { place: { accountSid, conferenceSid, key }, participant };
}

/** As of a call, or an application: `app:AP…`. @throws RequestError noTo, invalidTo, invalidApplicationSid */
function readCalled(given: string | undefined): string {
  const application = given === undefined ? undefined : readApplicationAddress(given);
  if (given === undefined || application === undefined) return readTo(given);
  const sid = applicationSid.read([application.applicationSid], 'To');
  if (sid === null) throw refusal('invalidTo', { given, problem: 'app:AP… names an application.' });
  return given;
}

/** The call of a participant: who answers it is told apart from the others' hearing it. */
function placed(values: FormValues<typeof addFields>) {
  const { AsyncAmd, AsyncAmdStatusCallback, AsyncAmdStatusCallbackMethod, ...own } = values;
  const call = toPlace(own);
  const isGiven = AsyncAmd ?? AsyncAmdStatusCallback ?? AsyncAmdStatusCallbackMethod;
  const problem =
    'AsyncAmd and its call-back are of Calls; a participant is told of at AmdStatusCallback.';
  return {
    ...call,
    machineDetection: readMachineDetection(own, {
      isAsync: true,
      statusCallback: orNull(values.AmdStatusCallback),
      statusCallbackMethod: values.AmdStatusCallbackMethod,
    }),
    warnings: [
      ...(call.warnings ?? []),
      ...(isGiven === undefined ? [] : [alertNamed('machineDetectionParameters', { problem })]),
    ],
  };
}

/** @throws RequestError invalidParameter */
function entryOf(values: FormValues<typeof addFields>) {
  const coach: Sid<'CA'> | string | null = orNull(values.CallSidToCoach);
  if (values.Coaching === true && coach === null) {
    const problem = 'Coaching=true needs it: the Call SID of the participant who is to hear.';
    throw refusal('invalidParameter', { name: 'CallSidToCoach', problem });
  }
  return {
    label: orNull(values.Label),
    muted: values.Muted ?? false,
    beep: values.Beep ?? 'true',
    startConferenceOnEnter: values.StartConferenceOnEnter ?? true,
    endConferenceOnExit: values.EndConferenceOnExit ?? false,
    maxParticipants: values.MaxParticipants ?? PARTICIPANTS_MAX,
    waitUrl: values.WaitUrl ?? null,
    waitMethod: values.WaitMethod ?? 'POST',
    coach: values.Coaching === false ? null : coach,
    statusCallback: orNull(values.ConferenceStatusCallback),
    statusCallbackMethod: values.ConferenceStatusCallbackMethod ?? 'POST',
    statusCallbackEvents: values.ConferenceStatusCallbackEvent ?? [],
    recording: recordingOf(values),
  } as const;
}

function recordingOf(values: FormValues<typeof addFields>): RecordingSettings | undefined {
  const record = values.ConferenceRecord;
  if (record !== 'true' && record !== 'record-from-start') return undefined;
  const given = {
    Trim: values.ConferenceTrim,
    RecordingStatusCallback: values.ConferenceRecordingStatusCallback,
    RecordingStatusCallbackMethod: values.ConferenceRecordingStatusCallbackMethod,
    RecordingStatusCallbackEvent: values.ConferenceRecordingStatusCallbackEvent,
  };
  return readRecording(given, { source: 'Conference', trim: 'trim-silence' });
}

async function render(db: Db, participant: ConferenceParticipant): Promise<Json> {
  const statuses = await mapCallStatuses(db, [participant.callSid]);
  return renderMember(participant, statuses.get(participant.callSid));
}

/** Twilio: voice/api/conference-participant-resource#participant-properties */
function renderMember(
  participant: New<ConferenceParticipant>,
  callStatus: CallStatus | undefined,
): Json {
  const { accountSid, conferenceSid, callSid } = participant;
  return {
    account_sid: accountSid,
    call_sid: callSid,
    label: participant.label,
    call_sid_to_coach: participant.callSidToCoach,
    coaching: participant.coaching === 1,
    conference_sid: conferenceSid,
    end_conference_on_exit: participant.endConferenceOnExit === 1,
    muted: participant.muted === 1,
    hold: participant.hold === 1,
    start_conference_on_enter: participant.startConferenceOnEnter === 1,
    status: participant.dateJoined === null ? statusOf(callStatus) : 'connected',
    date_created: rfc2822Date(participant.dateCreated),
    date_updated: rfc2822Date(participant.dateUpdated),
    uri: uri2010(accountSid, `Conferences/${conferenceSid}/Participants/${callSid}`),
  };
}

/** Of somebody who is not in yet. */
function statusOf(callStatus: CallStatus | undefined): string {
  switch (callStatus) {
    case 'queued':
    case 'ringing':
      return callStatus;
    case 'in-progress':
      return 'connecting';
    case 'completed':
      return 'complete';
    default:
      return 'failed';
  }
}
