import { attributeTable, optional, present, readAttributes, withDefault } from '../attributes.ts';
import type { Element } from '../element.ts';
import { LONGEST_RECORD_TIMEOUT_SEC, MAX_RECORDING_SEC, MAX_TRANSCRIBED_SEC } from '../limits.ts';
import { method, trueOrFalse, url, wholeNumber } from '../values.ts';
import type { Method, ValueType } from '../values.ts';
import type { Warnings } from '../warnings.ts';
import { recordingCallbackRows, toRecordingCallback, trim } from './recording.ts';
import type { RecordingCallback, Trim } from './recording.ts';

/** Source: Twilio: voice/twiml/record. */
export interface RecordVerb extends RecordingCallback {
  readonly verb: 'Record';
  /** Absent: the URL of this document. */
  readonly action?: string;
  readonly method: Method;
  /** Silence that ends it. */
  readonly timeoutSec: number;
  /** Any of these keys ends it; empty: none does. */
  readonly finishOnKeys: string;
  readonly maxLengthSec: number;
  readonly playBeep: boolean;
  readonly trim: Trim;
  readonly transcribe: boolean;
  readonly transcribeCallback?: string;
}

const keys: ValueType<string> = {
  read: (text) => (/^[0-9*#]*$/.test(text.trim()) ? text.trim() : undefined),
  expected: 'keys out of 0-9, * and #, or empty',
};

const attributes = attributeTable(
  {
    action: optional(url, 13610),
    method: withDefault(method, 'POST', 13610),
    timeout: withDefault(wholeNumber(1, LONGEST_RECORD_TIMEOUT_SEC), 5, 13611),
    finishOnKey: withDefault(keys, '1234567890*#', 13613),
    maxLength: withDefault(wholeNumber(1, MAX_RECORDING_SEC), 3600, 13612),
    playBeep: withDefault(trueOrFalse, true, 13616),
    trim: withDefault(trim, 'trim-silence', 13699),
    transcribe: withDefault(trueOrFalse, false, 13614),
    transcribeCallback: optional(url, 13257),
    ...recordingCallbackRows(13256),
  },
  ['recordingConfigurationId'],
);

/** Reads `<Record>`. */
export function readRecord(element: Element, warnings: Warnings): RecordVerb {
  const values = readAttributes(element, attributes, warnings);
  warnings.addChildren(element);
  warnings.addText(element);
  const { action, transcribeCallback, maxLength } = values;
  // Twilio: voice/twiml/record#transcribe; to name a callback is to ask for it.
  const transcribe = values.transcribe || (transcribeCallback ?? '') !== '';
  if (transcribe && element.attributes.has('maxLength') && maxLength > MAX_TRANSCRIBED_SEC) {
    warnings.add(
      13615,
      element.line,
      () => `<Record> of more than ${MAX_TRANSCRIBED_SEC} seconds is not transcribed.`,
    );
  }
  return {
    verb: 'Record',
    ...present({ action, transcribeCallback }),
    method: values.method,
    timeoutSec: values.timeout,
    finishOnKeys: values.finishOnKey,
    maxLengthSec: maxLength,
    playBeep: values.playBeep,
    trim: values.trim,
    transcribe,
    ...toRecordingCallback(values),
  };
}
