import type { Sid } from '@tutti/ids';
import { isUnfinished, type Recording } from '../model/recording.ts';
import { lockRecording, updateRecording } from '../store/recordings.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import { announceRecording } from './announce-recording.ts';
import type { ActionContext } from './context.ts';

/** What a recording came to. `url`: where its file is. */
export type RecordingOutcome =
  | {
      readonly kind: 'completed';
      readonly durationSec: number;
      readonly sizeBytes: number;
      readonly url: string;
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

/** As `finishRecording`, inside a transaction under way. */
export async function finishInside(
  tx: Tx,
  context: Pick<ActionContext, 'ids' | 'clock'>,
  sid: Sid<'RE'>,
  outcome: RecordingOutcome,
): Promise<New<Recording> | undefined> {
  const recording = await lockRecording(tx, sid);
  if (recording === undefined || !isUnfinished(recording)) return undefined;
  const change = {
    status: outcome.kind,
    durationSec: outcome.kind === 'completed' ? outcome.durationSec : null,
    sizeBytes: outcome.kind === 'completed' ? outcome.sizeBytes : null,
    errorCode: outcome.kind === 'absent' ? outcome.errorCode : null,
    dateUpdated: context.clock.now(),
  };
  await updateRecording(tx, sid, change);
  const finished = { ...recording, ...change };
  const url = outcome.kind === 'completed' ? outcome.url : undefined;
  announceRecording(tx, context, finished, outcome.kind, url);
  return finished;
}
