import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import { deleteTranscription } from '../store/transcriptions.ts';
import type { ActionContext } from './context.ts';

/** Removes a transcription; one still to be made is then not made. @throws RequestError notFound */
export async function removeTranscription(context: ActionContext, sid: Sid<'TR'>): Promise<void> {
  await context.transact(async (tx) => {
    if (await deleteTranscription(tx, sid)) return;
    throw refusal('notFound', { path: `/Transcriptions/${sid}` });
  });
}
