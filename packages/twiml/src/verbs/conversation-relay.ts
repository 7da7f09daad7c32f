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
import {
  anyText,
  languageTag,
  oneOf,
  someOf,
  someText,
  trueOrFalse,
  wholeNumber,
  type ValueType,
} from '../values.ts';
import { SCHEMA_WARNING, type Warnings } from '../warnings.ts';
import { readParameter } from './parameters.ts';
import type { Parameter } from './parameters.ts';

const interruptions = ['none', 'dtmf', 'speech', 'any'] as const;
type Interruption = (typeof interruptions)[number];

const eventNames = ['speaker-events', 'tokens-played'] as const;
type RelayEvent = (typeof eventNames)[number];

/** What may be spoken and understood besides the first language. */
interface RelayLanguage {
  readonly code: string;
  readonly voice?: string;
}

/** In `<Connect>`. Source: Twilio: voice/twiml/connect/conversationrelay. */
export interface ConversationRelayNoun {
  readonly noun: 'ConversationRelay';
  readonly url?: string;
  readonly welcomeGreeting?: string;
  readonly welcomeGreetingInterruptible: Interruption;
  readonly language: string;
  readonly ttsLanguage?: string;
  readonly transcriptionLanguage?: string;
  readonly voice?: string;
  readonly interruptible: Interruption;
  readonly dtmfDetection: boolean;
  readonly reportInputDuringAgentSpeech: Interruption;
  readonly preemptible: boolean;
  readonly hints?: string;
  /** What the customer's server is told of besides. */
  readonly events: readonly RelayEvent[];
  /** Whether words are told before they are all there. */
  readonly partialPrompts: boolean;
  /** Silence that ends what the caller says; absent: as the engine has it. */
  readonly speechTimeoutMs?: number;
  readonly languages: readonly RelayLanguage[];
  readonly parameters: readonly Parameter[];
}

// Twilio: api/errors/64101, an attribute of <ConversationRelay> is wrong.
const BAD_ATTRIBUTE = 64101;

const interruption = oneOf(...interruptions, 'true', 'false');

const timeoutMs: ValueType<number | 'auto'> = {
  read: (text) => (text.trim() === 'auto' ? 'auto' : wholeNumber(100, 60_000).read(text)),
  expected: 'a whole number of milliseconds from 100 to 60000, or auto',
};

const attributes = attributeTable(
  {
    url: optional(someText, BAD_ATTRIBUTE),
    welcomeGreeting: optional(anyText, BAD_ATTRIBUTE),
    welcomeGreetingInterruptible: withDefault(interruption, 'any', BAD_ATTRIBUTE),
    language: withDefault(languageTag, 'en-US', BAD_ATTRIBUTE),
    ttsLanguage: optional(languageTag, BAD_ATTRIBUTE),
    transcriptionLanguage: optional(languageTag, BAD_ATTRIBUTE),
    ttsProvider: unheeded(someText, BAD_ATTRIBUTE),
    voice: optional(someText, BAD_ATTRIBUTE),
    transcriptionProvider: unheeded(someText, BAD_ATTRIBUTE),
    speechModel: unheeded(someText, BAD_ATTRIBUTE),
    interruptible: withDefault(interruption, 'any', BAD_ATTRIBUTE),
    interruptSensitivity: unheeded(oneOf('high', 'medium', 'low'), BAD_ATTRIBUTE, 'high'),
    dtmfDetection: withDefault(trueOrFalse, false, BAD_ATTRIBUTE),
    reportInputDuringAgentSpeech: withDefault(interruption, 'none', BAD_ATTRIBUTE),
    preemptible: withDefault(trueOrFalse, false, BAD_ATTRIBUTE),
    hints: optional(anyText, BAD_ATTRIBUTE),
    debug: withDefault(someOf('debugging', ...eventNames), [], BAD_ATTRIBUTE),
    events: withDefault(someOf(...eventNames), [], BAD_ATTRIBUTE),
    partialPrompts: withDefault(trueOrFalse, false, BAD_ATTRIBUTE),
    speechTimeout: withDefault(timeoutMs, 'auto', BAD_ATTRIBUTE),
    profanityFilter: unheeded(trueOrFalse, BAD_ATTRIBUTE, false),
    ignoreBackchannel: unheeded(trueOrFalse, BAD_ATTRIBUTE, false),
    backgroundNoiseReduction: unheeded(anyText, BAD_ATTRIBUTE, 'none', 'false'),
    elevenlabsTextNormalization: unheeded(anyText, BAD_ATTRIBUTE, 'off'),
    deepgramSmartFormat: unheeded(trueOrFalse, BAD_ATTRIBUTE, false),
  },
  ['conversationConfiguration', 'conversationId', 'eotThreshold', 'intelligenceService'],
);

const languageAttributes = attributeTable({
  code: withDefault(languageTag, 'en-US', BAD_ATTRIBUTE),
  ttsProvider: unheeded(someText, BAD_ATTRIBUTE),
  voice: optional(someText, BAD_ATTRIBUTE),
  transcriptionProvider: unheeded(someText, BAD_ATTRIBUTE),
  speechModel: unheeded(someText, BAD_ATTRIBUTE),
});

/** Reads `<ConversationRelay>`. The library writes some names in lower case, so any case is taken. */
export function readConversationRelay(element: Element, warnings: Warnings): ConversationRelayNoun {
  const values = readAttributes(inKnownCase(element), attributes, warnings);
  warnings.addText(element);
  const languages: RelayLanguage[] = [];
  const parameters: Parameter[] = [];
  for (const child of childElements(element)) {
    if (child.name === 'Language') {
      const { code, voice } = readAttributes(child, languageAttributes, warnings);
      languages.push({ code, ...present({ voice }) });
    } else if (child.name === 'Parameter') {
      const parameter = readParameter(child, warnings);
      if (parameter !== undefined) parameters.push(parameter);
    } else {
      warnings.addUnknownElement(child, 'ConversationRelay', ['Language', 'Parameter']);
    }
  }
  const { debug, events, speechTimeout } = values;
  if (debug.includes('debugging')) {
    warnings.add(
      SCHEMA_WARNING,
      element.line,
      () => 'debugging in debug of <ConversationRelay> has no effect in this version.',
    );
  }
  return {
    noun: 'ConversationRelay',
    ...present({
      url: values.url,
      welcomeGreeting: values.welcomeGreeting,
      ttsLanguage: values.ttsLanguage,
      transcriptionLanguage: values.transcriptionLanguage,
      voice: values.voice,
      hints: values.hints,
      speechTimeoutMs: speechTimeout === 'auto' ? undefined : speechTimeout,
    }),
    welcomeGreetingInterruptible: toInterruption(values.welcomeGreetingInterruptible),
    language: values.language,
    interruptible: toInterruption(values.interruptible),
    dtmfDetection: values.dtmfDetection,
    reportInputDuringAgentSpeech: toInterruption(values.reportInputDuringAgentSpeech),
    preemptible: values.preemptible,
    events: eventNames.filter((name) => debug.includes(name) || events.includes(name)),
    partialPrompts: values.partialPrompts,
    languages,
    parameters,
  };
}

function toInterruption(text: Interruption | 'true' | 'false'): Interruption {
  if (text === 'true') return 'any';
  return text === 'false' ? 'none' : text;
}

const knownNames = [...Object.keys(attributes.rows), ...attributes.notCarried];

function inKnownCase(element: Element): Element {
  const renamed = [...element.attributes].map(([name, value]): [string, string] => [
    knownNames.find((known) => known.toLowerCase() === name.toLowerCase()) ?? name,
    value,
  ]);
  return { ...element, attributes: new Map(renamed) };
}
