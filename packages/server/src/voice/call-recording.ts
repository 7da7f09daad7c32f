import { announceStarted, startRecording } from '../actions/start-recording.ts';
import { finishRecording, SILENT, type RecordingOutcome } from '../actions/finish-recording.ts';
import { catalogue } from '../base/error-catalogue.ts';
import type { CallOrder, PauseBehavior } from '../model/bus-message.ts';
import { isLive } from '../model/call.ts';
import { isUnfinished, type Recording, type RecordingSettings } from '../model/recording.ts';
import type { TranscriptionSettings } from '../model/transcription.ts';
import { findCall } from '../store/calls.ts';
import { findRecording, findRecordingOfWholeCall } from '../store/recordings.ts';
import type { New } from '../store/schema.ts';
import { aborted } from './aborted.ts';
import type { VoiceContext } from './context.ts';
import { LegRecorder } from './leg-recorder.ts';
import type { Leg } from './leg.ts';
import type { LiveCall } from './live-call.ts';
import { tellGap, tellLost } from './recording-faults.ts';
import { writeLate } from './write-late.ts';

/** A recording under way. */
export interface CallRecording {
  readonly row: New<Recording>;
  pause(behavior: PauseBehavior): void;
  resume(): void;
  /** Completes it, or drops it when there was nothing to hear. May be called again. Never rejects. */
  stop(): Promise<FinishedRecording | undefined>;
}

/** A recording with a file. */
export interface FinishedRecording {
  readonly row: New<Recording>;
  readonly url: string;
}

/** Records a leg until it is stopped, or the call ends; then has the words made of it, when `transcription` says so. */
export async function recordLeg(
  live: LiveCall,
  leg: Leg,
  settings: RecordingSettings,
  transcription?: TranscriptionSettings,
): Promise<CallRecording> {
  const { accountSid, sid: callSid } = live.call;
  const { actions } = live.context;
  const row = await startRecording(actions, { accountSid, callSid }, settings, transcription);
  return begin(live, leg, row);
}

/** Begins the recording of a call that is recorded from its answer. */
export async function recordWholeCall(live: LiveCall): Promise<void> {
  if (live.call.recording === null || live.leg === undefined) return;
  const row = await findRecordingOfWholeCall(live.context.actions.db, live.call.sid);
  if (row !== undefined && isUnfinished(row)) await begin(live, live.leg, row);
}

/** What a recording and an API request say of it. */
export function recordingParameters(finished: FinishedRecording): Record<string, string> {
  return {
    RecordingUrl: finished.url,
    RecordingSid: finished.row.sid,
    RecordingDuration: String(finished.row.durationSec ?? 0),
  };
}

/** Carries out what the API asks of a recording; of a call that is over, the recording comes to nothing. */
export async function carryOutRecording(
  context: VoiceContext,
  live: LiveCall | undefined,
  order: Extract<CallOrder, { recordingSid: string }>,
): Promise<void> {
  const recording = context.recordings.get(order.recordingSid);
  if (order.kind === 'start-recording') {
    const row = await findRecording(context.actions.db, order.recordingSid);
    if (row === undefined || !isUnfinished(row) || recording !== undefined) return;
    if (live?.leg !== undefined && !live.over.signal.aborted) {
      await begin(live, live.leg, row);
      return;
    }
    const call = await findCall(context.actions.db, row.callSid);
    // One that lives elsewhere is somebody else's to record.
    if (live !== undefined || call === undefined || !isLive(call)) {
      await finishRecording(context.actions, row.sid, { kind: 'absent', errorCode: SILENT });
    }
    return;
  }
  if (order.status === 'stopped') await recording?.stop();
  else if (order.status === 'paused') recording?.pause(order.pauseBehavior);
  else recording?.resume();
}

/** What writes a file of sound. */
type Recorder = Pick<LegRecorder, 'paused' | 'finish'>;

function begin(live: LiveCall, leg: Leg, row: New<Recording>): Promise<CallRecording> {
  const { context } = live;
  const recorder = new LegRecorder(leg.media, context.files.pathOf(row.sid), row);
  return beginRecording(context, row, recorder, live.over.signal);
}

/** Begins what `row` says; it is stopped when `over` is aborted. */
export async function beginRecording(
  context: VoiceContext,
  row: New<Recording>,
  recorder: Recorder,
  over: AbortSignal,
): Promise<CallRecording> {
  const { actions, recordings } = context;
  const url = recordingUrl(context, row);
  let stopping: Promise<FinishedRecording | undefined> | undefined;
  const recording: CallRecording = {
    row,
    pause: (behavior) => {
      recorder.paused = behavior;
    },
    resume: () => {
      recorder.paused = undefined;
    },
    stop: () => {
      recordings.delete(row.sid);
      stopping ??= finish(context, row, recorder, url);
      return stopping;
    },
  };
  recordings.set(row.sid, recording);
  context.track(aborted(over).then(async () => void (await recording.stop())));
  await announceStarted(actions, row.sid, url);
  return recording;
}

async function finish(
  context: VoiceContext,
  row: New<Recording>,
  recorder: Recorder,
  url: string,
): Promise<FinishedRecording | undefined> {
  const { actions, log } = context;
  const { sid: recordingSid, callSid } = row;
  const outcome = await complete(context, row, recorder);
  const write = (): Promise<New<Recording> | undefined> =>
    finishRecording(actions, recordingSid, outcome);
  try {
    const finished = await write();
    return finished?.status === 'completed' ? { row: finished, url } : undefined;
  } catch (err) {
    log.error({ err, callSid, recordingSid }, 'end of recording not written');
    context.track(writeLate(context, { callSid, what: recordingSid }, write));
    return undefined;
  }
}

/** Completes the file; one without a sound is removed. */
async function complete(
  context: VoiceContext,
  { sid, accountSid }: New<Recording>,
  recorder: Recorder,
): Promise<RecordingOutcome> {
  const { files } = context;
  try {
    const { durationMs, sizeBytes, lostMs } = await recorder.finish();
    if (durationMs > 0) {
      if (lostMs > 0) await tellGap(context, { sid, accountSid, lostMs });
      return {
        kind: 'completed',
        durationSec: Math.max(1, Math.round(durationMs / 1000)),
        sizeBytes,
        errorCode: lostMs > 0 ? catalogue.recordingGap.code : null,
      };
    }
    await files.remove([sid]);
    return { kind: 'absent', errorCode: SILENT };
  } catch (err) {
    await tellLost(context, { sid, accountSid }, err);
    return { kind: 'absent', errorCode: catalogue.recordingLost.code };
  }
}

function recordingUrl(
  { publicUrl }: VoiceContext,
  { accountSid, sid }: Pick<Recording, 'accountSid' | 'sid'>,
): string {
  return `${publicUrl()}/2010-04-01/Accounts/${accountSid}/Recordings/${sid}`;
}
