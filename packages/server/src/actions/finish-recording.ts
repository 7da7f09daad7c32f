import type { Sid } from '@tutti/ids';
import { isLive } from '../model/call.ts';
import { isUnfinished, type Recording } from '../model/recording.ts';
import { findRecording, lockRecording, updateRecording } from '../store/recordings.ts';
import { lockCall, updateCall } from '../store/calls.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import { announceProgress } from './announce-call.ts';
import { announceRecording } from './announce-recording.ts';
import type { ActionContext } from './context.ts';
import { requestTranscription } from './request-transcription.ts';

/** What a recording came to. */
export type RecordingOutcome =
  | {
      readonly kind: 'completed';
      readonly durationSec: number;
      readonly sizeBytes: number;
      /** Of an alert about it; default none. */
      readonly errorCode?: number | null;
    }
  | { readonly kind: 'absent'; readonly errorCode: number | null };

/** Twilio: errors 16102, nothing but silence. */
export const SILENT = 16_102;

/** Completes a recording and tells who asked; undefined when it was finished before, or is gone. */
export async function finishRecording(
  context: ActionContext,
  sid: Sid<'RE'>,
  outcome: RecordingOutcome,
): Promise<New<Recording> | undefined> {
  return context.transact((tx) => finishInside(tx, context, sid, outcome));
}

async function finishInside(
  tx: Tx,
  context: Pick<ActionContext, 'ids' | 'clock' | 'metrics'>,
  sid: Sid<'RE'>,
  outcome: RecordingOutcome,
): Promise<New<Recording> | undefined> {
  // NOTE: whoever locks both locks the call first.
  const seen = await findRecording(tx, sid);
  // The end of a call that is recorded as a whole is told with what was recorded: by whichever of the two is last.
  const call = seen?.source === 'OutboundAPI' ? await lockCall(tx, seen.callSid) : undefined;
  const recording = await lockRecording(tx, sid);
  if (recording === undefined || !isUnfinished(recording)) return undefined;
  const change = {
    status: outcome.kind,
    durationSec: outcome.kind === 'completed' ? outcome.durationSec : null,
    sizeBytes: outcome.kind === 'completed' ? outcome.sizeBytes : null,
    errorCode: outcome.errorCode ?? null,
    dateUpdated: context.clock.now(),
  };
  await updateRecording(tx, sid, change);
  const finished = { ...recording, ...change };
  announceRecording(tx, context, finished, outcome.kind);
  if (outcome.kind === 'completed') await requestTranscription(tx, context, finished);
  if (call !== undefined && !isLive(call)) {
    const nextSequenceNumber = await announceProgress(tx, context, call, 'completed', finished);
    await updateCall(tx, call.sid, { nextSequenceNumber });
  }
  return finished;
}
