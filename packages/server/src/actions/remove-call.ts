import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import { isLive } from '../model/call.ts';
import { deleteCall, lockCall } from '../store/calls.ts';
import { deleteLiveTranscriptions } from '../store/live-transcriptions.ts';
import { deleteMediaStreams } from '../store/media-streams.ts';
import type { ActionContext } from './context.ts';

/** Removes the record of an ended call. @throws RequestError notFound, notComplete */
export async function removeCall(
  context: ActionContext,
  where: { readonly accountSid: Sid<'AC'>; readonly callSid: Sid<'CA'> },
): Promise<void> {
  await context.transact(async (tx) => {
    const call = await lockCall(tx, where.callSid);
    if (call === undefined || call.accountSid !== where.accountSid) {
      throw refusal('notFound', { path: `/Calls/${where.callSid}` });
    }
    if (isLive(call)) throw refusal('notComplete', { sid: call.sid, status: call.status });
    await deleteMediaStreams(tx, call.sid);
    await deleteLiveTranscriptions(tx, call.sid);
    await deleteCall(tx, call.sid);
  });
}
