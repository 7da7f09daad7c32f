import type { RecordingCallback } from '@tutti/twiml';
import type { RecordingSettings } from '../model/recording.ts';
import type { RunningDocument } from './interpreter.ts';
import type { LiveCall } from './live-call.ts';
import { resolveUrl } from './resolve-url.ts';

/** What a document says of a recording, with its call-back resolved. */
export async function recordingSettings(
  live: LiveCall,
  running: RunningDocument,
  callback: RecordingCallback,
  what: Pick<RecordingSettings, 'source' | 'channels' | 'track' | 'trim'>,
): Promise<RecordingSettings> {
  const { recordingStatusCallback: given } = callback;
  const url = given && (await resolveUrl(live, running, given));
  return {
    ...what,
    statusCallback: url || null,
    statusCallbackMethod: callback.recordingStatusCallbackMethod,
    statusCallbackEvents: JSON.stringify(callback.recordingStatusCallbackEvents),
  };
}
