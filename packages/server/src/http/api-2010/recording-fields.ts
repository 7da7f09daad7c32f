import { notCarried } from './fields.ts';
import { recordingEvents, recordingTracks, type RecordingSettings } from '../../model/recording.ts';
import { listOf, method, oneOf, url } from '../fields.ts';
import type { FormValues } from '../form.ts';
import { orNull } from '../given.ts';

/** What a recording is to be and who is told of it. Twilio: voice/api/recording#create-a-recording-resource */
export const recordingFields = {
  RecordingConfigurationId: notCarried('There are no such configurations: say here how to record.'),
  RecordingStatusCallback: url('invalidUrl'),
  RecordingStatusCallbackMethod: method('invalidMethod'),
  RecordingStatusCallbackEvent: listOf(oneOf(recordingEvents)),
  RecordingChannels: oneOf(['mono', 'dual']),
  RecordingTrack: oneOf(recordingTracks),
  Trim: oneOf(['trim-silence', 'do-not-trim']),
};

/** What the parameters come to. */
export function readRecording(
  values: Partial<FormValues<typeof recordingFields>>,
  { source, trim }: Pick<RecordingSettings, 'source' | 'trim'>,
): RecordingSettings {
  return {
    source,
    channels: values.RecordingChannels === 'dual' ? 2 : 1,
    track: values.RecordingTrack ?? 'both',
    trim: values.Trim ?? trim,
    statusCallback: orNull(values.RecordingStatusCallback),
    statusCallbackMethod: values.RecordingStatusCallbackMethod ?? 'POST',
    statusCallbackEvents: JSON.stringify(values.RecordingStatusCallbackEvent ?? ['completed']),
  };
}
