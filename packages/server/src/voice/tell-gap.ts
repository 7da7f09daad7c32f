import type { Sid } from '@tutti/ids';
import { alertNamed, raiseAlert } from '../actions/raise-alert.ts';
import type { VoiceContext } from './context.ts';

/** A recording that the disk was too slow for. */
export interface GappedRecording {
  readonly accountSid: Sid<'AC'>;
  readonly sid: Sid<'RE' | 'ME'>;
  readonly lostMs: number;
}

/** Says in the log and by an alert that sound is missing. Never rejects. */
export async function tellGap(
  { actions, log }: Pick<VoiceContext, 'actions' | 'log'>,
  { accountSid, sid, lostMs }: GappedRecording,
): Promise<void> {
  log.error({ recordingSid: sid, lostMs }, 'recording has a gap');
  const alert = alertNamed('recordingGap', { sid, seconds: String(Math.ceil(lostMs / 1000)) });
  await raiseAlert(actions, { ...alert, accountSid, resourceSid: sid }).catch((err: unknown) =>
    log.error({ err, recordingSid: sid }, 'alert not written'),
  );
}
