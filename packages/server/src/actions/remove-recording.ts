import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import { isUnfinished } from '../model/recording.ts';
import { lockRecording, updateRecording } from '../store/recordings.ts';
import { notify } from './announce.ts';
import type { ActionContext } from './context.ts';

/** Removes the file of a finished recording; its record is kept for a while, for who asks for it. @throws RequestError notFound, notComplete */
export async function removeRecording(context: ActionContext, sid: Sid<'RE'>): Promise<void> {
  await context.transact(async (tx) => {
    const recording = await lockRecording(tx, sid);
    if (recording === undefined) throw refusal('notFound', { path: `/Recordings/${sid}` });
    if (isUnfinished(recording)) throw refusal('notComplete', { sid, status: recording.status });
    await updateRecording(tx, sid, { status: 'deleted', dateUpdated: context.clock.now() });
    const { accountSid } = recording;
    notify(tx, context, recording, accountSid, { kind: 'media-removed', mediaSids: [sid] });
  });
}
