import type { Sid } from '@tutti/ids';
import type { RequestError } from '../base/app-error.ts';
import type { Transcription } from '../model/transcription.ts';
import { findCall } from '../store/calls.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import { lockTranscription, updateTranscription } from '../store/transcriptions.ts';
import { enqueue } from './announce.ts';
import { callParameters } from './call-parameters.ts';
import type { ActionContext } from './context.ts';
import { addAlert, alertLevel } from './raise-alert.ts';

type Needs = Pick<ActionContext, 'ids' | 'clock' | 'metrics'>;

/** What a transcription came to: its words, or why there are none. */
export type TranscriptionOutcome = { readonly text: string } | { readonly error: RequestError };

/** Completes a transcription and tells who asked; without effect when it is finished, or deleted. */
export async function finishTranscription(
  context: ActionContext,
  sid: Sid<'TR'>,
  outcome: TranscriptionOutcome,
): Promise<void> {
  await context.transact(async (tx) => {
    const transcription = await lockTranscription(tx, sid);
    if (transcription?.status !== 'in-progress') return;
    await finishInside(tx, context, transcription, outcome);
  });
}

/** As `finishTranscription`, inside a transaction under way and for a row in progress. */
export async function finishInside(
  tx: Tx,
  context: Needs,
  transcription: New<Transcription>,
  outcome: TranscriptionOutcome,
): Promise<void> {
  const error = 'error' in outcome ? outcome.error : undefined;
  const change = {
    status: error === undefined ? 'completed' : 'failed',
    text: 'text' in outcome ? outcome.text : null,
    errorCode: error?.code ?? null,
    errorMessage: error?.message ?? null,
    dateUpdated: context.clock.now(),
  } as const;
  const { sid, accountSid } = transcription;
  await updateTranscription(tx, sid, change);
  await announceTranscription(tx, context, { ...transcription, ...change });
  if (error === undefined) return;
  await addAlert(tx, context, {
    accountSid,
    errorCode: error.code,
    level: alertLevel(error.errorName) ?? 'error',
    text: error.message,
    resourceSid: sid,
  });
}

/** Writes the call-back of a finished transcription when it asked for one. Twilio: voice/twiml/record#transcribecallback */
async function announceTranscription(
  tx: Tx,
  { ids, clock }: Needs,
  transcription: New<Transcription>,
): Promise<void> {
  const { sid, accountSid, callSid, recordingSid, recordingUrl, callback } = transcription;
  if (callback === null) return;
  // A call that was deleted meanwhile is known by its SID alone.
  const call = await findCall(tx, callSid);
  const own =
    call === undefined ? { AccountSid: accountSid, CallSid: callSid } : callParameters(call);
  enqueue(tx, { clock }, transcription, callSid, {
    source: 'call',
    eventType: `transcription-${transcription.status}`,
    resourceSid: sid,
    url: callback,
    method: 'POST',
    parameters: {
      ...own,
      TranscriptionSid: sid,
      TranscriptionStatus: transcription.status,
      TranscriptionText: transcription.text ?? '',
      TranscriptionType: 'fast',
      RecordingSid: recordingSid,
      ...(recordingUrl === null
        ? {}
        : {
            TranscriptionUrl: `${recordingUrl}/Transcriptions/${sid}`,
            RecordingUrl: recordingUrl,
          }),
      ...(transcription.errorCode === null
        ? {}
        : {
            ErrorCode: String(transcription.errorCode),
            ErrorMessage: transcription.errorMessage ?? '',
          }),
    },
    idempotencyToken: ids.uuid(),
  });
}
