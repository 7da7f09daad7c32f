import type { Call, CallProgressEvent } from '../model/call.ts';
import type { Recording } from '../model/recording.ts';
import type { PostEvent } from '../model/webhook.ts';
import { findConversation } from '../store/conversations.ts';
import { insertTimelineEntry } from '../store/timeline.ts';
import type { Tx } from '../store/transact.ts';
import { announce, enqueue } from './announce.ts';
import { callParameters, progressParameters } from './call-parameters.ts';
import { systemOrigin, type ActionContext } from './context.ts';

type Needs = Pick<ActionContext, 'ids' | 'clock'>;

/** Writes the status callback of `event` when the call asked for it; returns the next sequence number. */
export async function announceProgress(
  tx: Tx,
  { ids, clock }: Needs,
  call: Omit<Call, 'seq'>,
  event: CallProgressEvent,
  recorded?: Pick<Recording, 'sid' | 'status' | 'url' | 'durationSec'>,
): Promise<number> {
  const wanted = JSON.parse(call.statusCallbackEvents) as CallProgressEvent[];
  if (call.statusCallback === null || !wanted.includes(event)) return call.nextSequenceNumber;
  const parameters = {
    ...progressParameters(call, call.nextSequenceNumber, clock.now()),
    ...recordedParameters(recorded),
  };
  enqueue(tx, { clock }, call, call.sid, {
    source: 'call',
    eventType: event,
    resourceSid: call.sid,
    url: call.statusCallback,
    method: call.statusCallbackMethod,
    parameters: event === 'initiated' ? { ...parameters, CallStatus: 'initiated' } : parameters,
    idempotencyToken: ids.uuid(),
  });
  return call.nextSequenceNumber + 1;
}

/** Twilio: voice/api/call-resource#statuscallback, of a call with Record. */
function recordedParameters(
  recorded: Pick<Recording, 'sid' | 'status' | 'url' | 'durationSec'> | undefined,
): Record<string, string> {
  if (recorded?.status !== 'completed' || recorded.url === null) return {};
  const { url: RecordingUrl, sid: RecordingSid, durationSec } = recorded;
  return { RecordingUrl, RecordingSid, RecordingDuration: String(durationSec ?? 0) };
}

/** Tells a bound call's conversation of it: its timeline, and onCallAdded, onCallUpdated or onCallRemoved. */
export async function announceBoundCall(
  tx: Tx,
  context: Needs,
  call: Omit<Call, 'seq'>,
  event: Extract<PostEvent, 'onCallAdded' | 'onCallUpdated' | 'onCallRemoved'>,
): Promise<void> {
  if (call.conversationSid === null) return;
  const conversation = await findConversation(tx, call.conversationSid);
  if (conversation === undefined) return;
  if (event !== 'onCallRemoved') {
    await insertTimelineEntry(tx, {
      accountSid: call.accountSid,
      conversationSid: call.conversationSid,
      kind: 'call',
      event: event === 'onCallAdded' ? 'bound' : call.status,
      resourceSid: call.sid,
      data: JSON.stringify({
        from: call.from,
        to: call.to,
        direction: call.direction,
        status: call.status,
        conductor_sid: call.conductorSid,
        participant_sid: call.participantSid,
        ...(call.sipResponseCode === null ? {} : { sip_response_code: call.sipResponseCode }),
      }),
      dateCreated: context.clock.now(),
    });
  }
  await announce(tx, context, conversation, event, systemOrigin, call.sid, {
    ...callParameters(call),
    ChatServiceSid: conversation.chatServiceSid,
  });
}
