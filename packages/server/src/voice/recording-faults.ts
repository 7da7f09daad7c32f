import type { Sid } from '@tutti/ids';
import { alertNamed, raiseAlert, type AlertSaid } from '../actions/raise-alert.ts';
import type { VoiceContext } from './context.ts';

/** A recording that something is wrong with. */
interface FaultyRecording {
  readonly accountSid: Sid<'AC'>;
  readonly sid: Sid<'RE' | 'ME'>;
}

type Needs = Pick<VoiceContext, 'actions' | 'log'>;

/** Says in the log and by an alert that the disk was too slow, and sound is missing. Never rejects. */
export async function tellGap(
  context: Needs,
  recording: FaultyRecording & { readonly lostMs: number },
): Promise<void> {
  const { sid, lostMs } = recording;
  context.log.error({ recordingSid: sid, lostMs }, 'recording has a gap');
  const seconds = String(Math.ceil(lostMs / 1000));
  await tell(context, recording, alertNamed('recordingGap', { sid, seconds }));
}

/** Says in the log and by an alert that there is no recording, and why. Never rejects. */
export async function tellLost(
  context: Needs,
  recording: FaultyRecording,
  err: unknown,
): Promise<void> {
  const { sid } = recording;
  context.log.error({ err, recordingSid: sid }, 'recording lost');
  const problem = err instanceof Error ? err.message : String(err);
  await tell(context, recording, alertNamed('recordingLost', { sid, problem }));
}

async function tell(
  { actions, log }: Needs,
  { accountSid, sid }: FaultyRecording,
  alert: AlertSaid,
): Promise<void> {
  await raiseAlert(actions, { ...alert, accountSid, resourceSid: sid }).catch((err: unknown) =>
    log.error({ err, recordingSid: sid }, 'alert not written'),
  );
}
