import type { Recording, RecordingEvent } from '../model/recording.ts';
import { rfc2822Date } from '../base/http-date.ts';
import type { Tx } from '../store/transact.ts';
import { enqueue } from './announce.ts';
import type { ActionContext } from './context.ts';

/** Writes the call-back of a recording when it asked for one. Twilio: voice/api/recording#recordingstatuscallback */
export function announceRecording(
  tx: Tx,
  { ids, clock }: Pick<ActionContext, 'ids' | 'clock'>,
  recording: Omit<Recording, 'seq'>,
  event: RecordingEvent,
): void {
  const wanted = JSON.parse(recording.statusCallbackEvents) as RecordingEvent[];
  if (recording.statusCallback === null || !wanted.includes(event)) return;
  const { durationSec, errorCode, url } = recording;
  enqueue(tx, { clock }, recording, recording.callSid, {
    source: 'call',
    eventType: `recording-${event}`,
    resourceSid: recording.sid,
    url: recording.statusCallback,
    method: recording.statusCallbackMethod,
    parameters: {
      AccountSid: recording.accountSid,
      CallSid: recording.callSid,
      ...(recording.conferenceSid === null ? {} : { ConferenceSid: recording.conferenceSid }),
      RecordingSid: recording.sid,
      RecordingStatus: event,
      RecordingChannels: String(recording.channels),
      RecordingStartTime: rfc2822Date(recording.startTime),
      RecordingSource: recording.source,
      RecordingTrack: recording.track,
      ...(url === null || event === 'absent' ? {} : { RecordingUrl: url }),
      ...(durationSec === null ? {} : { RecordingDuration: String(durationSec) }),
      ...(errorCode === null ? {} : { ErrorCode: String(errorCode) }),
    },
    idempotencyToken: ids.uuid(),
  });
}
