import { attributeTable, optional, present, readAttributes, withDefault } from '../attributes.ts';
import { childElements, ownText } from '../element.ts';
import type { Element } from '../element.ts';
import { unsupportedDialNouns, verbNames } from '../known-names.ts';
import type { UnsupportedNoun } from '../known-names.ts';
import {
  DEFAULT_DIAL_TIME_LIMIT_SEC,
  MAX_DIAL_NOUNS,
  MAX_DIAL_TIMEOUT_SEC,
  MAX_DIAL_TIME_LIMIT_SEC,
} from '../limits.ts';
import { method, someText, trueOrFalse, url, wholeNumber } from '../values.ts';
import type { Method } from '../values.ts';
import { SCHEMA_WARNING } from '../warnings.ts';
import type { Warnings } from '../warnings.ts';
import { readNumber, readPlainNumber, readSip } from './dial-nouns.ts';
import type { NumberNoun, SipNoun } from './dial-nouns.ts';

/** Source: Twilio: voice/twiml/dial. */
export interface DialVerb {
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
  /** May be empty, when nothing in the document can be dialled. */
  readonly nouns: readonly (NumberNoun | SipNoun | UnsupportedNoun)[];
}

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
  },
  [
    'callReason',
    'events',
    'ifMachine',
    'passports',
    'record',
    'recordingConfigurationId',
    'recordingStatusCallback',
    'recordingStatusCallbackEvent',
    'recordingStatusCallbackMethod',
    'recordingTrack',
    'referMethod',
    'referUrl',
    'ringTone',
    'trim',
  ],
);

const nounNames = ['Number', 'Sip', ...unsupportedDialNouns];

/** Reads `<Dial>` with the nouns inside. */
export function readDial(element: Element, warnings: Warnings): DialVerb {
  const { action, callerId, timeout, timeLimit, ...values } = readAttributes(
    element,
    attributes,
    warnings,
  );
  const text = ownText(element);
  const plain = text === '' ? undefined : readPlainNumber(text, element.line, warnings);
  const nouns = childElements(element).flatMap((child) => readNoun(child, warnings) ?? []);
  return {
    verb: 'Dial',
    ...values,
    ...present({ action, callerId }),
    timeoutSec: timeout,
    timeLimitSec: timeLimit,
    nouns: limit(plain === undefined ? nouns : [plain, ...nouns], element, warnings),
  };
}

type Noun = DialVerb['nouns'][number];

function readNoun(child: Element, warnings: Warnings): Noun | undefined {
  if (child.name === 'Number') return readNumber(child, warnings);
  if (child.name === 'Sip') return readSip(child, warnings);
  if (unsupportedDialNouns.includes(child.name)) return { noun: 'Unsupported', name: child.name };
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
  const alone = nouns.find(
    (noun) => noun.noun === 'Unsupported' && (noun.name === 'Conference' || noun.name === 'Queue'),
  );
  if (alone?.noun === 'Unsupported' && nouns.length > 1) {
    warnings.add(
      13000,
      dial.line,
      () => `<${alone.name}> must be the only noun of <Dial>; the others cannot be joined to it.`,
    );
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
