import type { Sid } from '@tutti/ids';
import type { Call } from '../model/call.ts';
import { findCall } from '../store/calls.ts';
import { findConductor } from '../store/conductors.ts';
import { findParticipantBySid } from '../store/participants.ts';
import { insertTimelineEntry } from '../store/timeline.ts';
import { insertNewMessage } from './add-message.ts';
import { systemOrigin, type ActionContext } from './context.ts';

/** Keeps keys a bound caller pressed: in the timeline, and as a message when the Conductor transcribes them. */
export async function recordDigits(
  context: ActionContext,
  callSid: Sid<'CA'>,
  digits: string,
): Promise<void> {
  await context.transact(async (tx) => {
    const call = await findCall(tx, callSid);
    if (call === undefined || call.conductorSid === null || call.conversationSid === null) return;
    await insertTimelineEntry(tx, {
      accountSid: call.accountSid,
      conversationSid: call.conversationSid,
      kind: 'digits',
      event: 'keyed',
      resourceSid: call.sid,
      data: JSON.stringify({ digits, participant_sid: call.participantSid }),
      dateCreated: context.clock.now(),
    });
    const conductor = await findConductor(tx, call.accountSid, call.conductorSid);
    if (conductor === undefined || conductor.transcribe === 'off' || conductor.status === 'closed')
      return;
    const participant =
      call.participantSid === null
        ? undefined
        : await findParticipantBySid(tx, call.accountSid, call.participantSid);
    await insertNewMessage(
      tx,
      context,
      {
        accountSid: call.accountSid,
        conversationSid: call.conversationSid,
        callSid: call.sid,
        author: participant?.identity ?? participant?.voiceAddress ?? remoteOf(call),
        ...(participant === undefined ? {} : { participantSid: participant.sid }),
        body: digits,
        attributes: JSON.stringify({
          tutti: { channel: 'voice', call_sid: call.sid, kind: 'dtmf', confidence: 1 },
        }),
      },
      systemOrigin,
    );
  });
}

function remoteOf(call: Call): string {
  return call.direction === 'inbound' ? call.from : call.to;
}
