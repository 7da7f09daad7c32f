import { attributeTable, optional, present, readAttributes, withDefault } from '../attributes.ts';
import { childElements, ownText } from '../element.ts';
import type { Element } from '../element.ts';
import { uncarriedDialNouns } from '../uncarried.ts';
import type { UnsupportedNoun } from '../uncarried.ts';
import {
  DEFAULT_DIAL_TIME_LIMIT_SEC,
  MAX_CALL_REASON_CHARACTERS,
  MAX_DIAL_NOUNS,
  MAX_DIAL_TIMEOUT_SEC,
  MAX_DIAL_TIME_LIMIT_SEC,
} from '../limits.ts';
import { method, oneOf, someText, trueOrFalse, url, wholeNumber } from '../values.ts';
import type { Method, ValueType } from '../values.ts';
import { verbNames } from '../verb-names.ts';
import { SCHEMA_WARNING } from '../warnings.ts';
import type { Warnings } from '../warnings.ts';
import { readConference } from './conference.ts';
import type { ConferenceNoun } from './conference.ts';
import { readNumber, readPlainNumber, readSip } from './dial-nouns.ts';
import type { NumberNoun, SipNoun } from './dial-nouns.ts';
import { readApplication, readClient, readQueue } from './named-nouns.ts';
import type { ApplicationNoun, ClientNoun, QueueNoun } from './named-nouns.ts';
import { recordingCallbackRows, recordingTrack, toRecordingCallback, trim } from './recording.ts';
import type { RecordingCallback, RecordingTrack, Trim } from './recording.ts';

const recordModes = [
  'do-not-record',
  'record-from-answer',
  'record-from-ringing',
  'record-from-answer-dual',
  'record-from-ringing-dual',
] as const;

// Twilio: voice/twiml/dial#ringtone.
const ringTones =
  'automatic at au bg br be ch cl cn cz de dk ee es fi fr gr hu il in it lt jp mx my nl no nz ph pl pt ru se sg th uk us us-old tw ve za'.split(
    ' ',
  );

/** Source: Twilio: voice/twiml/dial. */
export interface DialVerb extends RecordingCallback {
  readonly verb: 'Dial';
  /** Absent: the document goes on after `<Dial>`. */
  readonly action?: string;
  readonly method: Method;
  readonly timeoutSec: number;
  readonly timeLimitSec: number;
  readonly callerId?: string;
  readonly answerOnBridge: boolean;
  readonly hangupOnStar: boolean;
  /** True: the nouns are tried one after the other. False: all ring, the first to answer wins. */
  readonly sequential: boolean;
  readonly record: (typeof recordModes)[number];
  readonly recordingTrack: RecordingTrack;
  readonly trim: Trim;
  /** What the caller hears while it rings: `automatic`, or the tone of a country. */
  readonly ringTone: string;
  /** Asked where to when the called party sends REFER. */
  readonly callReason?: string;
  readonly referUrl?: string;
  readonly referMethod: Method;
  /** May be empty, when nothing in the document can be dialled. */
  readonly nouns: readonly (
    | NumberNoun
    | SipNoun
    | ClientNoun
    | ApplicationNoun
    | ConferenceNoun
    | QueueNoun
    | UnsupportedNoun
  )[];
}

/** Source: Twilio: voice/twiml/dial#callreason. */
const callReason: ValueType<string> = {
  read: (text) => (text.length <= MAX_CALL_REASON_CHARACTERS ? text : undefined),
  expected: `text of at most ${MAX_CALL_REASON_CHARACTERS} characters`,
};

const attributes = attributeTable(
  {
    action: optional(url),
    method: withDefault(method, 'POST', 13210),
    timeout: withDefault(wholeNumber(1, MAX_DIAL_TIMEOUT_SEC), 30, 13212),
    timeLimit: withDefault(
      wholeNumber(1, MAX_DIAL_TIME_LIMIT_SEC),
      DEFAULT_DIAL_TIME_LIMIT_SEC,
      13216,
    ),
    callerId: optional(someText, 13214),
    answerOnBridge: withDefault(trueOrFalse, false, 13219),
    hangupOnStar: withDefault(trueOrFalse, false, 13213),
    sequential: withDefault(trueOrFalse, false, 13218),
    record: withDefault(oneOf(...recordModes, 'true', 'false'), 'do-not-record', 13217),
    recordingTrack: withDefault(recordingTrack, 'both', 13622),
    trim: withDefault(trim, 'do-not-trim', 13699),
    ...recordingCallbackRows(13256),
    ringTone: withDefault(oneOf(...ringTones), 'automatic', 13220),
    referUrl: optional(url),
    referMethod: withDefault(method, 'POST'),
    callReason: optional(callReason),
  },
  ['events', 'ifMachine', 'passports', 'recordingConfigurationId'],
);

const readers = new Map<string, (element: Element, warnings: Warnings) => Noun | undefined>([
  ['Number', readNumber],
  ['Sip', readSip],
  ['Client', readClient],
  ['Application', readApplication],
  ['Conference', readConference],
  ['Queue', readQueue],
]);

const nounNames = [...readers.keys(), ...uncarriedDialNouns.names];

/** Reads `<Dial>` with the nouns inside. */
export function readDial(element: Element, warnings: Warnings): DialVerb {
  const values = readAttributes(element, attributes, warnings);
  const { action, callerId, callReason: reason, referUrl } = values;
  const text = ownText(element);
  const plain = text === '' ? undefined : readPlainNumber(text, element.line, warnings);
  const children = childElements(element);
  if (text === '' && children.length === 0) {
    warnings.add(SCHEMA_WARNING, element.line, () => '<Dial> has neither a number nor a noun.');
  }
  const nouns = children.flatMap((child) => readNoun(child, warnings) ?? []);
  return {
    verb: 'Dial',
    ...present({ action, callerId, callReason: reason, referUrl }),
    method: values.method,
    timeoutSec: values.timeout,
    timeLimitSec: values.timeLimit,
    answerOnBridge: values.answerOnBridge,
    hangupOnStar: values.hangupOnStar,
    sequential: values.sequential,
    record: toRecordMode(values.record),
    recordingTrack: values.recordingTrack,
    trim: values.trim,
    ...toRecordingCallback(values),
    ringTone: values.ringTone,
    referMethod: values.referMethod,
    nouns: limit(plain === undefined ? nouns : [plain, ...nouns], element, warnings),
  };
}

type Noun = DialVerb['nouns'][number];

/** Twilio: voice/twiml/dial#record, where `true` and `false` are the older spelling. */
function toRecordMode(text: DialVerb['record'] | 'true' | 'false'): DialVerb['record'] {
  if (text === 'true') return 'record-from-answer';
  return text === 'false' ? 'do-not-record' : text;
}

function readNoun(child: Element, warnings: Warnings): Noun | undefined {
  const read = readers.get(child.name);
  if (read !== undefined) return read(child, warnings);
  const uncarried = uncarriedDialNouns.read(child, warnings);
  if (uncarried !== undefined) return { noun: 'Unsupported', ...uncarried };
  if (verbNames.includes(child.name)) {
    warnings.add(
      13215,
      child.line,
      () => `<${child.name}> may not stand inside <Dial> and is ignored.`,
    );
    return undefined;
  }
  warnings.addUnknownElement(child, 'Dial', nounNames);
  return undefined;
}

function limit(nouns: readonly Noun[], dial: Element, warnings: Warnings): readonly Noun[] {
  const alone = nouns.find(({ noun }) => noun === 'Conference' || noun === 'Queue');
  if (alone !== undefined && nouns.length > 1) {
    warnings.add(
      13000,
      dial.line,
      () => `<${alone.noun}> must be the only noun of <Dial>; the others are ignored.`,
    );
    return [alone];
  }
  if (nouns.length > MAX_DIAL_NOUNS) {
    warnings.add(
      SCHEMA_WARNING,
      dial.line,
      () => `<Dial> dials at most ${MAX_DIAL_NOUNS} nouns; the rest is ignored.`,
    );
  }
  return nouns.slice(0, MAX_DIAL_NOUNS);
}
