import type { Sid } from '@tutti/ids';
import { addRecording } from '../actions/add-recording.ts';
import type { BridgeRecorder } from './bridge-recorder.ts';
import type { VoiceContext } from './context.ts';

/** A bridge that was recorded and is empty now. */
export interface RecordedBridge {
  readonly accountSid: Sid<'AC'>;
  readonly conductorSid: Sid<'CN'>;
  readonly recorder: BridgeRecorder;
}

/** Completes the file and makes it a message of the conversation. Never rejects. */
export async function keepRecording(
  { actions, files, log }: VoiceContext,
  { accountSid, conductorSid, recorder }: RecordedBridge,
): Promise<void> {
  const { sid } = recorder;
  try {
    const recorded = await recorder.finish();
    const isKept =
      recorded.durationMs > 0 &&
      (await addRecording(actions, { sid, accountSid, conductorSid, ...recorded }));
    if (!isKept) await files.remove(sid);
  } catch (err) {
    log.error({ err, conductorSid, mediaSid: sid }, 'recording lost');
  }
}
