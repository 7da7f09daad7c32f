import { attributeTable, optional, present, readAttributes, withDefault } from '../attributes.ts';
import type { Element } from '../element.ts';
import { method, oneOf, someOf, url } from '../values.ts';
import type { Method } from '../values.ts';
import type { Warnings } from '../warnings.ts';

const recordingEvents = ['in-progress', 'completed', 'absent'] as const;

/** What is told of a recording. */
export type RecordingEvent = (typeof recordingEvents)[number];

/** Whether silence before the first sound and after the last is cut off. */
export type Trim = 'trim-silence' | 'do-not-trim';

/** Which side of a call is recorded: what it says (inbound), what it hears (outbound), or both. */
export type RecordingTrack = 'inbound' | 'outbound' | 'both';

/** Who hears of a recording. */
export interface RecordingCallback {
  readonly recordingStatusCallback?: string;
  readonly recordingStatusCallbackMethod: Method;
  readonly recordingStatusCallbackEvents: readonly RecordingEvent[];
}

export const trim = oneOf('trim-silence', 'do-not-trim');
export const recordingTrack = oneOf('both', 'inbound', 'outbound');

/** The attributes of `RecordingCallback`; `code` warns of a bad URL or method. */
export function recordingCallbackRows(code: number, eventsCode = 13621) {
  return {
    recordingStatusCallback: optional(url, code),
    recordingStatusCallbackMethod: withDefault(method, 'POST', code),
    recordingStatusCallbackEvent: withDefault(
      someOf(...recordingEvents),
      ['completed'],
      eventsCode,
    ),
  } as const;
}

/** The values of `recordingCallbackRows`. */
export function toRecordingCallback(values: {
  readonly recordingStatusCallback: string | undefined;
  readonly recordingStatusCallbackMethod: Method;
  readonly recordingStatusCallbackEvent: readonly RecordingEvent[];
}): RecordingCallback {
  return {
    ...present({ recordingStatusCallback: values.recordingStatusCallback }),
    recordingStatusCallbackMethod: values.recordingStatusCallbackMethod,
    recordingStatusCallbackEvents: values.recordingStatusCallbackEvent,
  };
}

/** In `<Start>`. Source: Twilio: voice/twiml/recording. */
export interface RecordingNoun extends RecordingCallback {
  readonly noun: 'Recording';
  readonly trim: Trim;
  readonly track: RecordingTrack;
  readonly channels: 'mono' | 'dual';
}

const attributes = attributeTable(
  {
    ...recordingCallbackRows(13256),
    trim: withDefault(trim, 'do-not-trim', 13699),
    track: withDefault(recordingTrack, 'both', 13622),
    channels: withDefault(oneOf('mono', 'dual'), 'mono'),
  },
  ['recordingConfigurationId'],
);

/** Reads `<Recording>` of `<Start>`. */
export function readRecording(element: Element, warnings: Warnings): RecordingNoun {
  const values = readAttributes(element, attributes, warnings);
  warnings.addChildren(element);
  warnings.addText(element);
  return {
    noun: 'Recording',
    ...toRecordingCallback(values),
    trim: values.trim,
    track: values.track,
    channels: values.channels,
  };
}
