import type { Sid } from '@tutti/ids';
import { addRecording } from '../actions/add-recording.ts';
import type { BridgeRecorder } from './bridge-recorder.ts';
import type { VoiceContext } from './context.ts';
import { tellGap, tellLost } from './recording-faults.ts';

/** A bridge that was recorded and is empty now. */
export interface RecordedBridge {
  readonly accountSid: Sid<'AC'>;
  readonly conductorSid: Sid<'CN'>;
  readonly recorder: Pick<BridgeRecorder, 'sid' | 'finish'>;
}

/** Completes the file and makes it a message of the conversation. Never rejects. */
export async function keepRecording(
  context: Pick<VoiceContext, 'actions' | 'files' | 'log'>,
  { accountSid, conductorSid, recorder }: RecordedBridge,
): Promise<void> {
  const { actions, files } = context;
  const { sid } = recorder;
  const keep = async (): Promise<boolean> => {
    const { lostMs, ...recorded } = await recorder.finish();
    if (lostMs > 0) await tellGap(context, { sid, accountSid, lostMs });
    const isEmpty = recorded.durationMs === 0;
    return !isEmpty && addRecording(actions, { sid, accountSid, conductorSid, ...recorded });
  };
  const isKept = await keep().catch(async (err: unknown) => {
    await tellLost(context, { sid, accountSid }, err);
    return false;
  });
  // What nothing names would be there for good.
  if (!isKept) {
    await files
      .remove([sid])
      .catch((err: unknown) =>
        context.log.error({ err, conductorSid, mediaSid: sid }, 'recording not removed'),
      );
  }
}
