import type { Sid } from '@tutti/ids';
import { findCall } from '../store/calls.ts';
import { insertTimelineEntry } from '../store/timeline.ts';
import type { ActionContext } from './context.ts';
import { insertCallerMessage } from './insert-caller-message.ts';

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
    await insertCallerMessage(tx, context, callSid, 'dtmf', { body: digits, confidence: 1 });
  });
}
