import { attributeTable, optional, present, readAttributes, withDefault } from '../attributes.ts';
import { childElements } from '../element.ts';
import type { Element } from '../element.ts';
import { anyText, languageTag, oneOf, someOf, someText, trueOrFalse } from '../values.ts';
import type { Warnings } from '../warnings.ts';
import { readParameter } from './parameters.ts';
import type { Parameter } from './parameters.ts';

const interruptions = ['none', 'dtmf', 'speech', 'any'] as const;
type Interruption = (typeof interruptions)[number];

/** What may be spoken and understood besides the first language. */
interface RelayLanguage {
  readonly code: string;
  readonly ttsProvider?: string;
  readonly voice?: string;
  readonly transcriptionProvider?: string;
  readonly speechModel?: string;
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
  readonly ttsProvider?: string;
  readonly voice?: string;
  readonly transcriptionProvider?: string;
  readonly speechModel?: string;
  readonly interruptible: Interruption;
  readonly interruptSensitivity: 'high' | 'medium' | 'low';
  readonly dtmfDetection: boolean;
  readonly reportInputDuringAgentSpeech: Interruption;
  readonly preemptible: boolean;
  readonly hints?: string;
  readonly debug: readonly ('debugging' | 'speaker-events' | 'tokens-played')[];
  readonly languages: readonly RelayLanguage[];
  readonly parameters: readonly Parameter[];
}

// Twilio: api/errors/64101, an attribute of <ConversationRelay> is wrong.
const BAD_ATTRIBUTE = 64101;

const interruption = oneOf(...interruptions, 'true', 'false');

const attributes = attributeTable(
  {
    url: optional(someText, BAD_ATTRIBUTE),
    welcomeGreeting: optional(anyText, BAD_ATTRIBUTE),
    welcomeGreetingInterruptible: withDefault(interruption, 'any', BAD_ATTRIBUTE),
    language: withDefault(languageTag, 'en-US', BAD_ATTRIBUTE),
    ttsLanguage: optional(languageTag, BAD_ATTRIBUTE),
    transcriptionLanguage: optional(languageTag, BAD_ATTRIBUTE),
    ttsProvider: optional(someText, BAD_ATTRIBUTE),
    voice: optional(someText, BAD_ATTRIBUTE),
    transcriptionProvider: optional(someText, BAD_ATTRIBUTE),
    speechModel: optional(someText, BAD_ATTRIBUTE),
    interruptible: withDefault(interruption, 'any', BAD_ATTRIBUTE),
    interruptSensitivity: withDefault(oneOf('high', 'medium', 'low'), 'high', BAD_ATTRIBUTE),
    dtmfDetection: withDefault(trueOrFalse, false, BAD_ATTRIBUTE),
    reportInputDuringAgentSpeech: withDefault(interruption, 'none', BAD_ATTRIBUTE),
    preemptible: withDefault(trueOrFalse, false, BAD_ATTRIBUTE),
    hints: optional(anyText, BAD_ATTRIBUTE),
    debug: withDefault(someOf('debugging', 'speaker-events', 'tokens-played'), [], BAD_ATTRIBUTE),
  },
  [
    'backgroundNoiseReduction',
    'conversationConfiguration',
    'conversationId',
    'deepgramSmartFormat',
    'elevenlabsTextNormalization',
    'eotThreshold',
    'events',
    'ignoreBackchannel',
    'intelligenceService',
    'partialPrompts',
    'profanityFilter',
    'speechTimeout',
  ],
);

const languageAttributes = attributeTable({
  code: withDefault(languageTag, 'en-US', BAD_ATTRIBUTE),
  ttsProvider: optional(someText, BAD_ATTRIBUTE),
  voice: optional(someText, BAD_ATTRIBUTE),
  transcriptionProvider: optional(someText, BAD_ATTRIBUTE),
  speechModel: optional(someText, BAD_ATTRIBUTE),
});

/** Reads `<ConversationRelay>`. The library writes some names in lower case, so any case is taken. */
export function readConversationRelay(element: Element, warnings: Warnings): ConversationRelayNoun {
  const values = readAttributes(inKnownCase(element), attributes, warnings);
  warnings.addText(element);
  const languages: RelayLanguage[] = [];
  const parameters: Parameter[] = [];
  for (const child of childElements(element)) {
    if (child.name === 'Language') {
      const { code, ...others } = readAttributes(child, languageAttributes, warnings);
      languages.push({ code, ...present(others) });
    } else if (child.name === 'Parameter') {
      const parameter = readParameter(child, warnings);
      if (parameter !== undefined) parameters.push(parameter);
    } else {
      warnings.addUnknownElement(child, 'ConversationRelay', ['Language', 'Parameter']);
    }
  }
  return {
    noun: 'ConversationRelay',
    ...present({
      url: values.url,
      welcomeGreeting: values.welcomeGreeting,
      ttsLanguage: values.ttsLanguage,
      transcriptionLanguage: values.transcriptionLanguage,
      ttsProvider: values.ttsProvider,
      voice: values.voice,
      transcriptionProvider: values.transcriptionProvider,
      speechModel: values.speechModel,
      hints: values.hints,
    }),
    welcomeGreetingInterruptible: toInterruption(values.welcomeGreetingInterruptible),
    language: values.language,
    interruptible: toInterruption(values.interruptible),
    interruptSensitivity: values.interruptSensitivity,
    dtmfDetection: values.dtmfDetection,
    reportInputDuringAgentSpeech: toInterruption(values.reportInputDuringAgentSpeech),
    preemptible: values.preemptible,
    debug: values.debug,
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
