import {
  attributeTable,
  optional,
  present,
  readAttributes,
  unheeded,
  withDefault,
} from '../attributes.ts';
import { childElements } from '../element.ts';
import type { Element } from '../element.ts';

import { LONGEST_GATHER_TIMEOUT_SEC, MAX_GATHERED_DIGITS, MAX_SPEECH_TIME_SEC } from '../limits.ts';
import {
  anyText,
  languageTag,
  method,
  someOf,
  someText,
  trueOrFalse,
  url,
  wholeNumber,
} from '../values.ts';
import { verbNames } from '../verb-names.ts';
import type { Method, ValueType } from '../values.ts';
import type { Warnings } from '../warnings.ts';
import { readPause } from './pause.ts';
import type { PauseVerb } from './pause.ts';
import { readPlay } from './play.ts';
import type { PlayVerb } from './play.ts';
import { readSay } from './say.ts';
import type { SayVerb } from './say.ts';

/** Source: Twilio: voice/twiml/gather. */
export interface GatherVerb {
  readonly verb: 'Gather';
  readonly input: readonly ('dtmf' | 'speech')[];
  /** Absent or `''`: the URL of this document. */
  readonly action?: string;
  readonly method: Method;
  readonly timeoutSec: number;
  /** The one key that ends the input; `''` is none. */
  readonly finishOnKey: string;
  /** Absent: as many as come. */
  readonly numDigits?: number;
  readonly actionOnEmptyResult: boolean;
  readonly language: string;
  readonly hints?: string;
  /** Silence that ends speech; `'auto'` leaves it to the recogniser. Absent: `timeoutSec`. */
  readonly speechTimeoutSec?: number | 'auto';
  readonly maxSpeechTimeSec: number;
  /** Whether input stops the prompts. */
  readonly bargeIn: boolean;
  readonly partialResultCallback?: string;
  readonly partialResultCallbackMethod: Method;
  readonly prompts: readonly (SayVerb | PlayVerb | PauseVerb)[];
}

const oneKeyOrNone: ValueType<string> = {
  read: (text) => (/^[0-9*#]?$/.test(text.trim()) ? text.trim() : undefined),
  expected: 'one of 0-9, * and #, or empty',
};

const secondsOrAuto: ValueType<number | 'auto'> = {
  read: (text) =>
    text.trim() === 'auto' ? 'auto' : wholeNumber(1, LONGEST_GATHER_TIMEOUT_SEC).read(text),
  expected: 'a whole number of seconds or auto',
};

const DEFAULT_MODEL = 'default';

const attributes = attributeTable(
  {
    input: withDefault(someOf('dtmf', 'speech'), ['dtmf'], 13326),
    action: optional(url),
    method: withDefault(method, 'POST', 13312),
    timeout: withDefault(wholeNumber(0, LONGEST_GATHER_TIMEOUT_SEC), 5, 13313),
    finishOnKey: withDefault(oneKeyOrNone, '#', 13310),
    numDigits: optional(wholeNumber(1, MAX_GATHERED_DIGITS), 13314),
    actionOnEmptyResult: withDefault(trueOrFalse, false, 13338),
    language: withDefault(languageTag, 'en-US', 13331),
    hints: optional(anyText, 13330),
    speechTimeout: optional(secondsOrAuto, 13327),
    maxSpeechTime: withDefault(wholeNumber(1, MAX_SPEECH_TIME_SEC), MAX_SPEECH_TIME_SEC, 13328),
    speechModel: unheeded(someText, 13334, DEFAULT_MODEL),
    enhanced: unheeded(trueOrFalse, 13334, false),
    profanityFilter: unheeded(trueOrFalse, 13333, false),
    bargeIn: withDefault(trueOrFalse, true, 13332),
    partialResultCallback: optional(url),
    partialResultCallbackMethod: withDefault(method, 'POST', 13329),
  },
  ['debug'],
);

/** Reads `<Gather>` with the prompts inside. */
export function readGather(element: Element, warnings: Warnings): GatherVerb {
  const {
    action,
    timeout,
    numDigits,
    hints,
    speechTimeout,
    maxSpeechTime,
    partialResultCallback,
    speechModel = DEFAULT_MODEL,
    ...values
  } = readAttributes(element, attributes, warnings);
  const refusesAuto = speechTimeout === 'auto' && speechModel === DEFAULT_MODEL;
  if (refusesAuto) {
    warnings.add(
      13335,
      element.line,
      () => 'speechTimeout="auto" of <Gather> needs a speechModel; the timeout is used instead.',
    );
  }
  warnings.addText(element);
  const { enhanced: _, profanityFilter: __, ...others } = values;
  return {
    verb: 'Gather',
    ...others,
    ...present({
      action,
      numDigits,
      hints,
      partialResultCallback,
      speechTimeoutSec: refusesAuto ? undefined : speechTimeout,
    }),
    timeoutSec: timeout,
    maxSpeechTimeSec: maxSpeechTime,
    prompts: childElements(element).flatMap((child) => readPrompt(child, warnings) ?? []),
  };
}

function readPrompt(
  child: Element,
  warnings: Warnings,
): SayVerb | PlayVerb | PauseVerb | undefined {
  switch (child.name) {
    case 'Say':
      return readSay(child, warnings, 'Gather');
    case 'Play':
      return readPlay(child, warnings);
    case 'Pause':
      return readPause(child, warnings);
    default:
      if (verbNames.includes(child.name)) {
        warnings.add(
          13320,
          child.line,
          () => `<${child.name}> may not stand inside <Gather> and is ignored.`,
        );
      } else {
        warnings.addUnknownElement(child, 'Gather', ['Say', 'Play', 'Pause']);
      }
      return undefined;
  }
}
