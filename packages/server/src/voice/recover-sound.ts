import type { RecordingOutcome } from '../actions/finish-recording.ts';
import type { Recording } from '../model/recording.ts';
import type { MediaFiles } from '../store/media-files.ts';
import { repairWav } from './wav-file.ts';

/** Completes the file that a lost process was writing, as far as it came; the silence at its end stays in it. */
export async function recoverSound(
  files: MediaFiles,
  { sid, channels }: Pick<Recording, 'sid' | 'channels'>,
): Promise<RecordingOutcome> {
  const isThere = (await files.dateOf(sid)) !== undefined;
  const recorded = isThere ? await repairWav(await files.pathOf(sid), channels) : undefined;
  if (recorded !== undefined) {
    const { durationMs, sizeBytes } = recorded;
    return {
      kind: 'completed',
      durationSec: Math.max(1, Math.round(durationMs / 1000)),
      sizeBytes,
    };
  }
  await files.remove([sid]);
  return { kind: 'absent', errorCode: null };
}
