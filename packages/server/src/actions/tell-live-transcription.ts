import type { Sid } from '@tutti/ids';
import { isoDateMs } from '../base/http-date.ts';
import type {
  LiveTranscription,
  LiveTranscriptionSettings,
  TranscriptionEvent,
} from '../model/live-transcription.ts';
import {
  listLostLiveTranscriptions,
  lockLiveTranscription,
  updateLiveTranscription,
} from '../store/live-transcriptions.ts';
import type { Tx } from '../store/transact.ts';
import { enqueue } from './announce.ts';
import type { ActionContext } from './context.ts';

type Needs = Pick<ActionContext, 'ids' | 'clock'>;
type Told = Readonly<Record<string, string>>;

/** Tells the call-back of a transcription under way what has happened; one that is stopped tells no more. */
export async function tellLiveTranscription(
  context: ActionContext,
  sid: Sid<'GT'>,
  event: Exclude<TranscriptionEvent, 'transcription-stopped'>,
  parameters: Told,
): Promise<void> {
  await context.transact(async (tx) => {
    const transcription = await lockLiveTranscription(tx, sid);
    if (transcription?.status !== 'in-progress') return;
    await tell(tx, context, transcription, event, parameters);
  });
}

/** Writes that a transcription is over, and tells who asked. Once; answers the row, undefined when there is none. */
export async function endLiveTranscription(
  context: ActionContext,
  sid: Sid<'GT'>,
): Promise<LiveTranscription | undefined> {
  return context.transact(async (tx) => {
    const transcription = await lockLiveTranscription(tx, sid);
    if (transcription?.status !== 'in-progress') return transcription;
    const change = { status: 'stopped', dateUpdated: context.clock.now() } as const;
    await updateLiveTranscription(tx, sid, change);
    await tell(tx, context, transcription, 'transcription-stopped', {});
    return { ...transcription, ...change };
  });
}

/** Ends those that processes left behind which are not among `nodes`, the ones that are there. */
export async function recoverLiveTranscriptions(
  context: ActionContext,
  nodes: readonly number[],
): Promise<void> {
  for (const sid of await listLostLiveTranscriptions(context.db, nodes)) {
    await endLiveTranscription(context, sid);
  }
}

/** Twilio: voice/twiml/transcription#statuscallbackurl */
async function tell(
  tx: Tx,
  { ids, clock }: Needs,
  transcription: LiveTranscription,
  event: TranscriptionEvent,
  parameters: Told,
): Promise<void> {
  const { sid, accountSid, callSid } = transcription;
  const settings = JSON.parse(transcription.settings) as LiveTranscriptionSettings;
  if (settings.statusCallback === null) return;
  const sequenceId = transcription.lastSequenceId + 1;
  await updateLiveTranscription(tx, sid, { lastSequenceId: sequenceId });
  enqueue(tx, { clock }, transcription, callSid, {
    source: 'call',
    eventType: event,
    resourceSid: sid,
    url: settings.statusCallback,
    method: settings.statusCallbackMethod,
    parameters: {
      AccountSid: accountSid,
      CallSid: callSid,
      TranscriptionSid: sid,
      TranscriptionEvent: event,
      SequenceId: String(sequenceId),
      Timestamp: isoDateMs(clock.now()),
      ...parameters,
    },
    idempotencyToken: ids.uuid(),
  });
}
