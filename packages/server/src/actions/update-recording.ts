import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { PauseBehavior } from '../model/bus-message.ts';
import { isUnfinished, type Recording } from '../model/recording.ts';
import { lockRecording, updateRecording } from '../store/recordings.ts';
import { notify } from './announce.ts';
import type { ActionContext } from './context.ts';

export interface RecordingChange {
  readonly status: 'in-progress' | 'paused' | 'stopped';
  /** What a pause leaves in the file. */
  readonly pauseBehavior: PauseBehavior;
}

/**
 * Pauses, resumes or stops a recording under way.
 *
 * @throws RequestError notFound, recordingEnded
 */
export async function changeRecording(
  context: ActionContext,
  sid: Sid<'RE'>,
  { status, pauseBehavior }: RecordingChange,
): Promise<Recording> {
  return context.transact(async (tx) => {
    const recording = await lockRecording(tx, sid);
    if (recording === undefined) throw refusal('notFound', { path: `/Recordings/${sid}` });
    if (!isUnfinished(recording) || recording.status === 'stopped') {
      throw refusal('recordingEnded', { sid, status: recording.status }, { resourceSid: sid });
    }
    const change = { status, dateUpdated: context.clock.now() };
    await updateRecording(tx, sid, change);
    notify(tx, context, recording, recording.callSid, {
      kind: 'call-updated',
      callSid: recording.callSid,
      order: { kind: 'change-recording', recordingSid: sid, status, pauseBehavior },
    });
    return { ...recording, ...change };
  });
}
