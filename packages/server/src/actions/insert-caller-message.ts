import type { Sid } from '@tutti/ids';
import type { Call } from '../model/call.ts';
import { findCall } from '../store/calls.ts';
import { findConductor } from '../store/conductors.ts';
import { findParticipantBySid } from '../store/participants.ts';
import type { Tx } from '../store/transact.ts';
import { insertNewMessage } from './add-message.ts';
import { systemOrigin, type ActionContext } from './context.ts';

/** What a caller of a Conductor did, when the Conductor transcribes that: `speech` transcribes keys too. */
export async function insertCallerMessage(
  tx: Tx,
  context: ActionContext,
  callSid: Sid<'CA'>,
  kind: 'dtmf' | 'speech',
  said: { readonly body: string; readonly confidence: number | null },
): Promise<void> {
  const call = await findCall(tx, callSid);
  if (call === undefined || call.conductorSid === null || call.conversationSid === null) return;
  const conductor = await findConductor(tx, call.accountSid, call.conductorSid);
  if (conductor === undefined || conductor.status === 'closed') return;
  if (conductor.transcribe !== 'speech' && conductor.transcribe !== kind) return;
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
      body: said.body,
      attributes: JSON.stringify({
        tutti: { channel: 'voice', call_sid: call.sid, kind, confidence: said.confidence },
      }),
    },
    systemOrigin,
  );
}

function remoteOf(call: Call): string {
  return call.direction === 'inbound' ? call.from : call.to;
}
