import type { Recording } from '../model/recording.ts';
import { listLostRecordings } from '../store/recordings.ts';
import type { ActionContext } from './context.ts';
import { finishRecording, type RecordingOutcome } from './finish-recording.ts';

/**
 * Finishes the recordings that processes left behind which are not among `nodes`, the ones that are there, as `complete`
 * finds their files; returns how many. Their calls have ended, see `recoverCalls`.
 */
export async function recoverRecordings(
  context: ActionContext,
  nodes: readonly number[],
  complete: (recording: Recording) => Promise<RecordingOutcome>,
): Promise<number> {
  let recovered = 0;
  for (const recording of await listLostRecordings(context.db, nodes)) {
    const outcome = await complete(recording);
    if ((await finishRecording(context, recording.sid, outcome)) !== undefined) recovered += 1;
  }
  return recovered;
}
