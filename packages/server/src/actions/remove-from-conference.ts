import type { Sid } from '@tutti/ids';
import type { CallStatus } from '../model/call.ts';
import type {
  Conference,
  ConferenceParticipant,
  ReasonConferenceEnded,
  ReasonParticipantLeft,
} from '../model/conference.ts';
import { lockConference, updateConference } from '../store/conferences.ts';
import {
  deleteConferenceParticipants,
  findConferenceParticipant,
  listConferenceMembers,
  mapCallStatuses,
} from '../store/conference-participants.ts';
import type { Tx } from '../store/transact.ts';
import { notify } from './announce.ts';
import type { ActionContext } from './context.ts';
import { memberParameters, tellConference } from './tell-conference.ts';

type Needs = Pick<ActionContext, 'ids' | 'clock'>;

/** Calls into a conference that is over. */
type Abandoned = readonly { readonly sid: Sid<'CA'> }[];

/** How somebody goes. */
interface Leaving {
  readonly reason: ReasonParticipantLeft;
  readonly callStatus: CallStatus;
  /** Sent away by the API. */
  readonly isKicked?: boolean;
}

/**
 * Takes a call out of the conference that it is in or was asked into; ends the conference when that was the last, or
 * one without whom it does not go on. Returns the calls that are still being placed for nothing then, which the caller ends.
 */
export async function removeFromConference(
  tx: Tx,
  context: Needs,
  callSid: Sid<'CA'>,
  leaving: Leaving,
): Promise<Abandoned> {
  const seen = await findConferenceParticipant(tx, callSid);
  if (seen === undefined) return [];
  const conference = await lockConference(tx, seen.conferenceSid);
  const participant = await findConferenceParticipant(tx, callSid);
  // Somebody else took it out meanwhile.
  if (conference === undefined || participant?.conferenceSid !== conference.sid) return [];

  const left = await remove(tx, context, conference, [participant], leaving);
  const others = await listConferenceMembers(tx, conference.sid);
  const wasIn = participant.dateJoined !== null;
  const isModerator = wasIn && participant.endConferenceOnExit === 1;
  if (isModerator || others.length === 0) {
    const how = leaving.isKicked === true ? 'kicked' : 'left';
    const { abandoned } = await endConference(tx, context, left, others, {
      reason: isModerator
        ? `participant-with-end-conference-on-exit-${how}`
        : `last-participant-${how}`,
      ending: participant,
    });
    return abandoned;
  }
  const { nextSequenceNumber } = left;
  await updateConference(tx, left.sid, { nextSequenceNumber });
  notifyOf(tx, context, left);
  return [];
}

/** Ends a conference the caller has locked; those in it go on with their documents. The caller ends what is abandoned. */
export async function endConference(
  tx: Tx,
  context: Needs,
  conference: Conference,
  members: readonly ConferenceParticipant[],
  {
    reason,
    ending,
  }: { readonly reason: ReasonConferenceEnded; readonly ending?: ConferenceParticipant },
): Promise<{ readonly conference: Conference; readonly abandoned: Abandoned }> {
  const leaving =
    reason === 'conference-ended-via-api'
      ? 'conference_ended_via_api'
      : 'moderator_ended_conference';
  const left = await remove(tx, context, conference, members, { reason: leaving });
  const label = ending?.label ?? null;
  const told = tellConference(tx, context, left, 'conference-end', {
    ReasonConferenceEnded: reason,
    Reason: sentences[reason],
    ...(ending === undefined ? {} : { CallSidEndingConference: ending.callSid }),
    ...(label === null ? {} : { ParticipantLabelEndingConference: label }),
  });
  const ended = {
    status: 'completed',
    liveName: null,
    reasonConferenceEnded: reason,
    callSidEndingConference: ending?.callSid ?? null,
    nextSequenceNumber: told.nextSequenceNumber,
    dateUpdated: context.clock.now(),
  } as const;
  await updateConference(tx, conference.sid, ended);
  notifyOf(tx, context, conference);
  return {
    conference: { ...conference, ...ended },
    abandoned: members
      .filter(({ dateJoined }) => dateJoined === null)
      .map(({ callSid: sid }) => ({ sid })),
  };
}

/** Lets the process that mixes the conference look at its rows. */
export function notifyOf(
  tx: Tx,
  context: Pick<ActionContext, 'clock'>,
  conference: Pick<Conference, 'sid' | 'accountSid'>,
): void {
  notify(tx, context, conference, conference.sid, {
    kind: 'conference-changed',
    conferenceSid: conference.sid,
  });
}

const sentences: Readonly<Record<ReasonConferenceEnded, string>> = {
  'conference-ended-via-api': 'The conference was ended via API',
  'participant-with-end-conference-on-exit-left':
    'A participant with endConferenceOnExit set left the conference',
  'participant-with-end-conference-on-exit-kicked':
    'A participant with endConferenceOnExit set was removed from the conference',
  'last-participant-kicked': 'The last participant was removed from the conference',
  'last-participant-left': 'The last participant left the conference',
};

async function remove(
  tx: Tx,
  context: Needs,
  conference: Conference,
  participants: readonly ConferenceParticipant[],
  { reason, callStatus }: Pick<Leaving, 'reason'> & Partial<Leaving>,
): Promise<Conference> {
  const sids = participants.map(({ callSid }) => callSid);
  const statuses = await mapCallStatuses(tx, callStatus === undefined ? sids : []);
  await deleteConferenceParticipants(tx, sids);
  let told = conference;
  for (const participant of participants) {
    const { callSid, dateJoined } = participant;
    told = tellConference(tx, context, told, 'participant-leave', {
      ...memberParameters(participant),
      ParticipantCallStatus: callStatus ?? statuses.get(callSid) ?? 'completed',
      ReasonParticipantLeft: dateJoined === null ? 'participant_add_failed' : reason,
    });
  }
  return told;
}
