import type { Application } from '../model/application.ts';
import type { Call, CallProgressEvent } from '../model/call.ts';
import type { MachineDetection } from '../model/machine-detection.ts';
import type { HttpMethod } from '../model/voice-urls.ts';
import { insertCall } from '../store/calls.ts';
import type { New } from '../store/schema.ts';
import { announceProgress } from './announce-call.ts';
import type { ActionContext } from './context.ts';
import { noteMade } from './note-made.ts';

export interface LegToDial {
  readonly to: string;
  readonly from: string;
  readonly statusCallback: string | null;
  readonly statusCallbackMethod: HttpMethod;
  readonly statusCallbackEvents: readonly CallProgressEvent[];
  /** Whose URLs it is for. */
  readonly application?: Application;
  /** Shown to who is called. */
  readonly callReason?: string | undefined;
  /** Absent: nobody asks who answers. */
  readonly machineDetection?: MachineDetection | undefined;
}

/** The row of a leg that `<Dial>` makes; it is not bound itself: its parent may be. */
export async function dialLeg(
  context: ActionContext,
  parent: Omit<Call, 'seq'>,
  leg: LegToDial,
): Promise<New<Call>> {
  const { ids, clock } = context;
  const now = clock.now();
  const call: New<Call> = {
    sid: ids.sid('CA'),
    accountSid: parent.accountSid,
    parentCallSid: parent.sid,
    to: leg.to,
    from: leg.from,
    status: 'queued',
    direction: 'outbound-dial',
    startTime: null,
    endTime: null,
    phoneNumberSid: null,
    conductorSid: null,
    conversationSid: null,
    participantSid: null,
    url: null,
    method: 'POST',
    twiml: null,
    applicationSid: leg.application?.sid ?? null,
    fallbackUrl: leg.application?.voiceFallbackUrl ?? null,
    fallbackMethod: leg.application?.voiceFallbackMethod ?? 'POST',
    statusCallback: leg.statusCallback,
    statusCallbackMethod: leg.statusCallbackMethod,
    statusCallbackEvents: JSON.stringify(leg.statusCallbackEvents),
    timeoutSec: 60,
    timeLimitSec: null,
    sipParameters: null,
    sendDigits: null,
    sipAuthUsername: null,
    sipAuthPassword: null,
    recording: null,
    callReason: leg.callReason ?? null,
    machineDetection: leg.machineDetection == null ? null : JSON.stringify(leg.machineDetection),
    validation: null,
    answeredBy: null,
    machineDetectionMs: null,
    sipResponseCode: null,
    media: null,
    node: context.node,
    nextSequenceNumber: 0,
    dateCreated: now,
    dateUpdated: now,
  };
  return context.transact(async (tx) => {
    const nextSequenceNumber = await announceProgress(tx, context, call, 'initiated');
    const row = { ...call, nextSequenceNumber };
    await insertCall(tx, row);
    noteMade(tx, context, row);
    return row;
  });
}
