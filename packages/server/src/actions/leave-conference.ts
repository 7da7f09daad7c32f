import type { Sid } from '@tutti/ids';
import { isLive } from '../model/call.ts';
import type { ReasonParticipantLeft } from '../model/conference.ts';
import { lockCall } from '../store/calls.ts';
import type { ActionContext } from './context.ts';
import { endCalls } from './record-call-progress.ts';
import { removeFromConference } from './remove-from-conference.ts';

/** Takes a call that lives on out of the conference it is in, if it is in one. */
export async function leaveConference(
  context: ActionContext,
  callSid: Sid<'CA'>,
  reason: ReasonParticipantLeft,
): Promise<void> {
  await context.transact(async (tx) => {
    const call = await lockCall(tx, callSid);
    // Its end has taken it out already.
    if (call === undefined || !isLive(call)) return;
    const leaving = { reason, callStatus: call.status };
    await endCalls(tx, context, await removeFromConference(tx, context, callSid, leaving));
  });
}
