import { findCall } from '../store/calls.ts';
import type { ActionContext } from './context.ts';
import { endCalls } from './record-call-progress.ts';
import { removeFromConference } from './remove-from-conference.ts';
import { lockMember, type MemberPlace } from './update-conference-participant.ts';

/** Sends somebody away, who goes on with the document; whoever is still being called is not called any more. @throws RequestError notFound */
export async function removeConferenceParticipant(
  context: ActionContext,
  place: MemberPlace,
): Promise<void> {
  await context.transact(async (tx) => {
    const { participant } = await lockMember(tx, place);
    const { callSid, dateJoined } = participant;
    const call = await findCall(tx, callSid);
    const callStatus = call?.status ?? 'completed';
    const abandoned = await removeFromConference(tx, context, callSid, {
      reason: 'participant_updated_via_api',
      callStatus,
      isKicked: true,
    });
    const own = dateJoined === null ? [{ sid: callSid }] : [];
    await endCalls(tx, context, [...own, ...abandoned]);
  });
}
