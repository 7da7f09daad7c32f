import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { LiveTranscription, LiveTranscriptionSettings } from '../model/live-transcription.ts';
import { lockCall } from '../store/calls.ts';
import {
  findLiveTranscription,
  insertLiveTranscription,
  listOpenLiveTranscriptions,
} from '../store/live-transcriptions.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import { notify } from './announce.ts';
import type { ActionContext } from './context.ts';

interface Where {
  readonly accountSid: Sid<'AC'>;
  readonly callSid: Sid<'CA'>;
}

interface Wanted extends LiveTranscriptionSettings {
  readonly name: string | null;
}

/** A row for a transcription of the call's own document. @throws RequestError transcriptionNameInUse */
export async function startLiveTranscription(
  context: ActionContext,
  where: Where,
  wanted: Wanted,
): Promise<New<LiveTranscription>> {
  return context.transact(async (tx) => {
    await lockCall(tx, where.callSid);
    return insert(tx, context, where, wanted);
  });
}

/**
 * As the API asks: the row, and the order to whoever has the call.
 *
 * @throws RequestError notFound, invalidCallState, transcriptionNameInUse
 */
export async function orderLiveTranscription(
  context: ActionContext,
  where: Where,
  wanted: Wanted,
): Promise<New<LiveTranscription>> {
  return context.transact(async (tx) => {
    const call = await lockCall(tx, where.callSid);
    if (call === undefined || call.accountSid !== where.accountSid) {
      throw refusal('notFound', { path: `/Calls/${where.callSid}/Transcriptions` });
    }
    const { sid, status } = call;
    if (status !== 'in-progress') {
      const problem = 'Only a call in progress can be transcribed.';
      throw refusal('invalidCallState', { sid, status, problem }, { resourceSid: sid });
    }
    const transcription = await insert(tx, context, where, wanted);
    const order = { kind: 'start-transcription', transcriptionSid: transcription.sid } as const;
    notify(tx, context, call, sid, { kind: 'call-updated', callSid: sid, order });
    return transcription;
  });
}

/** As the API asks: whoever has the call ends it, once what was said until now is told. */
export async function orderStopOfTranscription(
  context: ActionContext,
  sid: Sid<'GT'>,
): Promise<void> {
  await context.transact(async (tx) => {
    const transcription = await findLiveTranscription(tx, sid);
    if (transcription?.status !== 'in-progress') return;
    const { callSid } = transcription;
    const order = { kind: 'stop-transcription', transcriptionSid: sid } as const;
    notify(tx, context, transcription, callSid, { kind: 'call-updated', callSid, order });
  });
}

async function insert(
  tx: Tx,
  { ids, clock }: Pick<ActionContext, 'ids' | 'clock'>,
  { accountSid, callSid }: Where,
  { name, ...settings }: Wanted,
): Promise<New<LiveTranscription>> {
  const open = await listOpenLiveTranscriptions(tx, callSid);
  const namesake = open.find((each) => name !== null && each.name === name);
  if (namesake !== undefined) {
    const { sid } = namesake;
    throw refusal('transcriptionNameInUse', { name: name ?? '', sid }, { resourceSid: callSid });
  }
  const now = clock.now();
  const transcription: New<LiveTranscription> = {
    sid: ids.sid('GT'),
    accountSid,
    callSid,
    status: 'in-progress',
    name,
    settings: JSON.stringify(settings),
    lastSequenceId: 0,
    dateCreated: now,
    dateUpdated: now,
  };
  await insertLiveTranscription(tx, transcription);
  return transcription;
}
