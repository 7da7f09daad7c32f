import { refusal } from '../base/app-error.ts';
import type { Call } from '../model/call.ts';
import type { Conference, ConferenceParticipant } from '../model/conference.ts';
import { lockCall } from '../store/calls.ts';
import { findConference, lockConference, updateConference } from '../store/conferences.ts';
import {
  findConferenceParticipant,
  insertConferenceParticipant,
  listConferenceMembers,
  updateConferenceParticipant,
} from '../store/conference-participants.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import type { ActionContext } from './context.ts';
import { endCalls } from './record-call-progress.ts';
import { removeFromConference } from './remove-from-conference.ts';
import {
  checkEntry,
  newParticipant,
  openConference,
  type ConferenceEntry,
} from './open-conference.ts';
import { recordConference } from './start-recording.ts';
import { memberParameters, tellConference } from './tell-conference.ts';

const errors = {
  label: 'conferenceLabelInTwiml',
  labelTaken: 'conferenceLabelTakenInTwiml',
} as const;

/** A call that has come into a conference. */
export interface Joined {
  readonly conference: New<Conference>;
  readonly participant: New<ConferenceParticipant>;
}

/**
 * Puts an answered call into the conference of that name, which begins with the second one in if one of them may begin
 * it. A call that the API asked in has its settings from there. Undefined when the call is over.
 *
 * @throws RequestError conferenceFull, conferenceLabelInTwiml, conferenceLabelTakenInTwiml, coachedNotThere,
 *   conferenceElsewhere
 */
export async function joinConference(
  context: ActionContext,
  { sid: callSid, accountSid }: Pick<Call, 'sid' | 'accountSid'>,
  name: string,
  entry: ConferenceEntry,
): Promise<Joined | undefined> {
  return context.transact(async (tx) => {
    const call = await lockCall(tx, callSid);
    if (call?.status !== 'in-progress') return undefined;
    const awaited = await findAwaited(tx, context, call, name);
    const conference =
      awaited?.conference ?? (await openConference(tx, context, accountSid, name, entry));
    const others = (await listConferenceMembers(tx, conference.sid)).filter(
      (member) => member.callSid !== callSid,
    );
    const invited = awaited?.participant;
    if (invited === undefined) {
      checkEntry(conference, others, entry, errors);
      const { coach } = entry;
      const isThere = ({ callSid: sid, dateJoined }: ConferenceParticipant): boolean =>
        sid === coach && dateJoined !== null;
      if (coach !== null && !others.some(isThere)) {
        throw refusal('coachedNotThere', { given: coach, name }, { resourceSid: callSid });
      }
    }
    const now = context.clock.now();
    const participant = {
      ...(invited ?? newParticipant(context, conference, callSid, entry)),
      dateJoined: now,
      dateUpdated: now,
    };
    if (invited === undefined) await insertConferenceParticipant(tx, participant);
    else await updateConferenceParticipant(tx, callSid, { dateJoined: now, dateUpdated: now });

    const told = tellConference(
      tx,
      context,
      conference,
      'participant-join',
      memberParameters(participant),
    );
    const present = [...others.filter(({ dateJoined }) => dateJoined !== null), participant];
    const begins =
      told.status === 'init' &&
      present.length > 1 &&
      present.some(({ startConferenceOnEnter }) => startConferenceOnEnter === 1);
    const joined = begins
      ? tellConference(tx, context, { ...told, status: 'in-progress' } as const, 'conference-start')
      : told;
    const { status, nextSequenceNumber } = joined;
    await updateConference(tx, joined.sid, {
      status,
      nextSequenceNumber,
      ...(begins && { dateUpdated: now }),
    });
    if (status === 'in-progress') await recordConference(tx, context, joined, callSid);
    return { conference: joined, participant };
  });
}

/** The place that the API has kept for the call; one in another conference is given up. */
async function findAwaited(
  tx: Tx,
  context: ActionContext,
  call: Call,
  name: string,
): Promise<{ conference: Conference; participant: ConferenceParticipant } | undefined> {
  const seen = await findConferenceParticipant(tx, call.sid);
  if (seen === undefined) return undefined;
  const place = await findConference(tx, call.accountSid, seen.conferenceSid);
  if (place?.friendlyName !== name) {
    const leaving = { reason: 'participant_updated_via_api', callStatus: call.status } as const;
    await endCalls(tx, context, await removeFromConference(tx, context, call.sid, leaving));
    return undefined;
  }
  const conference = await lockConference(tx, place.sid);
  const participant = await findConferenceParticipant(tx, call.sid);
  // It ended in this very moment.
  if (conference === undefined || participant === undefined) return undefined;
  return { conference, participant };
}
