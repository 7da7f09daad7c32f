import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { Call } from '../model/call.ts';
import type { Conference } from '../model/conference.ts';
import type { Recording, RecordingSettings } from '../model/recording.ts';
import type { TranscriptionSettings } from '../model/transcription.ts';
import { lockCall } from '../store/calls.ts';
import {
  insertRecording,
  listRecordingsOfConference,
  lockRecording,
  updateRecording,
} from '../store/recordings.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import { notify } from './announce.ts';
import { announceRecording } from './announce-recording.ts';
import type { ActionContext } from './context.ts';
import { noteMade } from './note-made.ts';

interface Recorded {
  readonly accountSid: Sid<'AC'>;
  readonly callSid: Sid<'CA'>;
}

/** A row for a call that is recorded from its answer, which this transaction writes. */
export async function recordFromAnswer(
  tx: Tx,
  context: Pick<ActionContext, 'ids' | 'clock' | 'ledger'>,
  { sid: callSid, accountSid, recording }: Pick<Call, 'sid' | 'accountSid' | 'recording'>,
): Promise<void> {
  if (recording === null) return;
  const settings = JSON.parse(recording) as RecordingSettings;
  const row = newRecording(context, { accountSid, callSid }, settings);
  await insertRecording(tx, row);
  noteMade(tx, context, row);
}

/** A row for a conference that has begun and is to be recorded, unless it has one. */
export async function recordConference(
  tx: Tx,
  context: Pick<ActionContext, 'ids' | 'clock' | 'ledger'>,
  { sid: conferenceSid, accountSid, recording }: New<Conference>,
  callSid: Sid<'CA'>,
): Promise<void> {
  if (recording === null) return;
  if ((await listRecordingsOfConference(tx, conferenceSid)).length > 0) return;
  const settings = JSON.parse(recording) as RecordingSettings;
  const row = newRecording(context, { accountSid, callSid }, settings);
  await insertRecording(tx, { ...row, conferenceSid });
  noteMade(tx, context, row);
}

/** A row for what the call's own document records; without `transcription` no words are made of it. */
export async function startRecording(
  context: ActionContext,
  call: Recorded,
  settings: RecordingSettings,
  transcription?: TranscriptionSettings,
): Promise<New<Recording>> {
  const recording = {
    ...newRecording(context, call, settings),
    transcription: transcription === undefined ? null : JSON.stringify(transcription),
  };
  await context.transact(async (tx) => {
    await insertRecording(tx, recording);
    noteMade(tx, context, recording);
  });
  return recording;
}

/**
 * As the API asks: the row, and the order to whoever has the call.
 *
 * @throws RequestError notFound, invalidCallState
 */
export async function orderRecording(
  context: ActionContext,
  where: Recorded,
  settings: RecordingSettings,
): Promise<New<Recording>> {
  return context.transact(async (tx) => {
    const call = await lockCall(tx, where.callSid);
    if (call === undefined || call.accountSid !== where.accountSid) {
      throw refusal('notFound', { path: `/Calls/${where.callSid}/Recordings` });
    }
    const { sid, status } = call;
    if (status !== 'in-progress') {
      const problem = 'Only a call in progress can be recorded.';
      throw refusal('invalidCallState', { sid, status, problem }, { resourceSid: sid });
    }
    const recording = newRecording(context, where, settings);
    await insertRecording(tx, recording);
    notify(tx, context, call, sid, {
      kind: 'call-updated',
      callSid: sid,
      order: { kind: 'start-recording', recordingSid: recording.sid },
    });
    return recording;
  });
}

/** Its first frame is about to be written. `url` is where the file will be. */
export async function announceStarted(
  context: ActionContext,
  sid: Sid<'RE'>,
  url: string,
): Promise<void> {
  await context.transact(async (tx) => {
    const recording = await lockRecording(tx, sid);
    if (recording === undefined) return;
    await updateRecording(tx, sid, { url });
    announceRecording(tx, context, { ...recording, url }, 'in-progress');
  });
}

function newRecording(
  { ids, clock }: Pick<ActionContext, 'ids' | 'clock'>,
  { accountSid, callSid }: Recorded,
  settings: RecordingSettings,
): New<Recording> {
  const now = clock.now();
  return {
    sid: ids.sid('RE'),
    accountSid,
    callSid,
    conferenceSid: null,
    status: 'in-progress',
    ...settings,
    startTime: now,
    transcription: null,
    url: null,
    durationSec: null,
    sizeBytes: null,
    errorCode: null,
    dateCreated: now,
    dateUpdated: now,
  };
}
