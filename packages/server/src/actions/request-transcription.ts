import { refusal } from '../base/app-error.ts';
import type { Recording } from '../model/recording.ts';
import {
  TRANSCRIBED_SEC,
  type Transcription,
  type TranscriptionSettings,
} from '../model/transcription.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import { insertTranscription } from '../store/transcriptions.ts';
import { notify } from './announce.ts';
import type { ActionContext } from './context.ts';
import { finishInside } from './finish-transcription.ts';

/**
 * Has a recording transcribed that this transaction completes, when it is to be: a row, and news to whoever transcribes.
 * One that is too short or too long fails at once. Twilio: errors 13617
 */
export async function requestTranscription(
  tx: Tx,
  context: Pick<ActionContext, 'ids' | 'clock' | 'metrics'>,
  recording: New<Recording>,
): Promise<void> {
  if (recording.transcription === null) return;
  const { callback } = JSON.parse(recording.transcription) as TranscriptionSettings;
  const { sid: recordingSid, accountSid, callSid, url: recordingUrl } = recording;
  const durationSec = recording.durationSec ?? 0;
  const now = context.clock.now();
  const transcription: New<Transcription> = {
    sid: context.ids.sid('TR'),
    accountSid,
    recordingSid,
    callSid,
    status: 'in-progress',
    recordingUrl,
    durationSec,
    text: null,
    callback,
    errorCode: null,
    errorMessage: null,
    dateCreated: now,
    dateUpdated: now,
  };
  await insertTranscription(tx, transcription);
  const { sid } = transcription;
  const { min, max } = TRANSCRIBED_SEC;
  if (durationSec >= min && durationSec <= max) {
    const kind = 'transcription-requested';
    notify(tx, context, transcription, sid, { kind, transcriptionSid: sid });
    return;
  }
  const error = refusal('transcriptionLength', { sid: recordingSid, durationSec, min, max });
  await finishInside(tx, context, transcription, { error });
}
