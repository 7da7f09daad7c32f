import { isSid, type Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { Conference, ConferenceParticipant } from '../model/conference.ts';
import type { HttpMethod } from '../model/voice-urls.ts';
import { lockConference, updateConference } from '../store/conferences.ts';
import {
  findConferenceMember,
  listConferenceMembers,
  updateConferenceParticipant,
} from '../store/conference-participants.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import { notify } from './announce.ts';
import type { ActionContext } from './context.ts';
import { notifyOf } from './remove-from-conference.ts';
import { memberParameters, tellConference, type ConferenceNews } from './tell-conference.ts';

export interface ConferenceParticipantChange {
  readonly muted?: boolean | undefined;
  readonly hold?: boolean | undefined;
  /** null: music. */
  readonly holdUrl?: string | null | undefined;
  readonly holdMethod?: HttpMethod | undefined;
  readonly waitUrl?: string | undefined;
  readonly waitMethod?: HttpMethod | undefined;
  readonly announceUrl?: string | undefined;
  readonly announceMethod?: HttpMethod | undefined;
  readonly beepOnExit?: boolean | undefined;
  readonly endConferenceOnExit?: boolean | undefined;
  readonly coaching?: boolean | undefined;
  readonly callSidToCoach?: string | undefined;
}

export interface MemberPlace {
  readonly accountSid: Sid<'AC'>;
  readonly conferenceSid: Sid<'CF'>;
  /** Call SID or label. */
  readonly key: string;
}

/** Changes how somebody takes part. @throws RequestError notFound, conferenceNotBridged, and those of `checkCoached` */
export async function changeConferenceParticipant(
  context: ActionContext,
  place: MemberPlace,
  change: ConferenceParticipantChange,
): Promise<ConferenceParticipant> {
  return context.transact(async (tx) => {
    const { conference, participant } = await lockMember(tx, place);
    const { announceUrl: url, announceMethod: method = 'POST' } = change;
    const coach = await coachOf(tx, conference, participant, change);
    const settings = {
      muted: flag(change.muted, participant.muted),
      hold: flag(change.hold, participant.hold),
      holdUrl: change.holdUrl === undefined ? participant.holdUrl : change.holdUrl,
      holdMethod: change.holdMethod ?? participant.holdMethod,
      waitUrl: change.waitUrl ?? participant.waitUrl,
      waitMethod: change.waitMethod ?? participant.waitMethod,
      beepOnExit: flag(change.beepOnExit, participant.beepOnExit),
      endConferenceOnExit: flag(change.endConferenceOnExit, participant.endConferenceOnExit),
      coaching: coach === null ? 0 : 1,
      callSidToCoach: coach,
    } as const;
    const names = Object.keys(settings) as (keyof typeof settings)[];
    const different = names.filter((name) => settings[name] !== participant[name]);
    const changed = { ...participant, ...settings };
    if (different.length > 0) {
      const dateUpdated = context.clock.now();
      await updateConferenceParticipant(tx, participant.callSid, { ...settings, dateUpdated });
      let told = conference;
      for (const news of newsOf(different, changed)) {
        told = tellConference(tx, context, told, news, memberParameters(changed));
      }
      const { nextSequenceNumber } = told;
      await updateConference(tx, conference.sid, { nextSequenceNumber });
      notifyOf(tx, context, conference);
    }
    if (url !== undefined) {
      const { sid: conferenceSid } = conference;
      const { callSid } = participant;
      if (participant.dateJoined === null) {
        const problem = `Call ${callSid} is not in it yet.`;
        throw refusal('conferenceNotBridged', { sid: conferenceSid, problem });
      }
      notify(tx, context, conference, conferenceSid, {
        kind: 'announcement',
        conferenceSid,
        callSid,
        url,
        method,
      });
    }
    return changed;
  });
}

/** Who takes part under that SID or label, in a conference that nobody else changes meanwhile. @throws RequestError notFound */
export async function lockMember(
  tx: Tx,
  { accountSid, conferenceSid, key }: MemberPlace,
): Promise<{ readonly conference: Conference; readonly participant: ConferenceParticipant }> {
  const conference = await lockConference(tx, conferenceSid);
  const participant = await findConferenceMember(tx, conferenceSid, key);
  if (conference?.accountSid !== accountSid || participant === undefined) {
    throw refusal('notFound', { path: `/Conferences/${conferenceSid}/Participants/${key}` });
  }
  return { conference, participant };
}

/** That somebody who is to hear a whisper can. @throws RequestError coachedMissing, coachedOnHold */
export function checkCoached(
  { friendlyName: name }: New<Conference>,
  members: readonly ConferenceParticipant[],
  given: string,
): Sid<'CA'> {
  const coached = members.find(({ callSid }) => callSid === given);
  if (coached?.dateJoined == null || !isSid(given, 'CA')) {
    throw refusal('coachedMissing', { given, name });
  }
  if (coached.hold === 1) throw refusal('coachedOnHold', { given, name });
  return given;
}

async function coachOf(
  tx: Tx,
  conference: Conference,
  { callSid, callSidToCoach }: ConferenceParticipant,
  { coaching, callSidToCoach: given = '' }: ConferenceParticipantChange,
): Promise<Sid<'CA'> | null> {
  if (coaching === false) return null;
  if (given === '') {
    if (coaching === true && callSidToCoach === null) {
      const problem = 'Coaching=true needs it: the Call SID of the participant who is to hear.';
      throw refusal('invalidParameter', { name: 'CallSidToCoach', problem });
    }
    return callSidToCoach;
  }
  const members = await listConferenceMembers(tx, conference.sid);
  return checkCoached(
    conference,
    members.filter((member) => member.callSid !== callSid),
    given,
  );
}

function flag(wanted: boolean | undefined, before: 0 | 1): 0 | 1 {
  if (wanted === undefined) return before;
  return wanted ? 1 : 0;
}

const modifying: readonly string[] = [
  'beepOnExit',
  'endConferenceOnExit',
  'coaching',
  'callSidToCoach',
  'waitUrl',
];

/** Twilio: voice/twiml/conference#attributes-status-callback-event */
function newsOf(
  different: readonly string[],
  { muted, hold }: Pick<ConferenceParticipant, 'muted' | 'hold'>,
): ConferenceNews[] {
  const news: ConferenceNews[] = [];
  if (different.includes('muted'))
    news.push(muted === 1 ? 'participant-mute' : 'participant-unmute');
  if (different.includes('hold')) news.push(hold === 1 ? 'participant-hold' : 'participant-unhold');
  if (different.some((name) => modifying.includes(name))) news.push('participant-modify');
  return news;
}
