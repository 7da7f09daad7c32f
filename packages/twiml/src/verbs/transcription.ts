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
import { anyText, languageTag, method, oneOf, someText, trueOrFalse, url } from '../values.ts';
import type { Method } from '../values.ts';
import { SCHEMA_WARNING, type Warnings } from '../warnings.ts';
import { readParameter } from './parameters.ts';

/** In `<Start>`. Source: Twilio: voice/twiml/transcription. */
export interface TranscriptionNoun {
  readonly noun: 'Transcription';
  readonly statusCallbackUrl?: string;
  readonly statusCallbackMethod: Method;
  readonly name?: string;
  readonly track: 'inbound_track' | 'outbound_track' | 'both_tracks';
  readonly languageCode: string;
  readonly inboundTrackLabel?: string;
  readonly outboundTrackLabel?: string;
  readonly partialResults: boolean;
  readonly hints?: string;
}

// Twilio: api/errors/32650, the configuration of a transcription is wrong.
const BAD_ATTRIBUTE = 32650;
// Twilio: api/errors/32652, a setting of the provider that is not supported.
const BAD_CONFIG = 32652;

const attributes = attributeTable(
  {
    statusCallbackUrl: optional(url, BAD_ATTRIBUTE),
    statusCallbackMethod: withDefault(method, 'POST', BAD_ATTRIBUTE),
    name: optional(someText, BAD_ATTRIBUTE),
    track: withDefault(
      oneOf('both_tracks', 'inbound_track', 'outbound_track'),
      'both_tracks',
      BAD_ATTRIBUTE,
    ),
    languageCode: withDefault(languageTag, 'en-US', BAD_ATTRIBUTE),
    inboundTrackLabel: optional(someText, BAD_ATTRIBUTE),
    outboundTrackLabel: optional(someText, BAD_ATTRIBUTE),
    partialResults: withDefault(trueOrFalse, false, BAD_ATTRIBUTE),
    transcriptionEngine: unheeded(someText, BAD_ATTRIBUTE),
    speechModel: unheeded(someText, BAD_ATTRIBUTE),
    profanityFilter: unheeded(trueOrFalse, BAD_ATTRIBUTE, false),
    enableAutomaticPunctuation: unheeded(trueOrFalse, BAD_ATTRIBUTE),
    hints: optional(anyText, BAD_ATTRIBUTE),
    enableProviderData: unheeded(trueOrFalse, BAD_ATTRIBUTE, false),
  },
  ['intelligenceService', 'conversationConfiguration', 'conversationId'],
);

/** Reads `<Transcription>` of `<Start>`. */
export function readTranscription(element: Element, warnings: Warnings): TranscriptionNoun {
  const values = readAttributes(element, attributes, warnings);
  const { statusCallbackUrl, name, inboundTrackLabel, outboundTrackLabel, hints } = values;
  warnings.addText(element);
  for (const child of childElements(element)) {
    if (child.name !== 'Config' && child.name !== 'Parameter') {
      warnings.addUnknownElement(child, 'Transcription', ['Config', 'Parameter']);
    } else if (readParameter(child, warnings) !== undefined) {
      warnings.add(
        child.name === 'Config' ? BAD_CONFIG : SCHEMA_WARNING,
        child.line,
        () => `<${child.name}> inside <Transcription> has no effect in this version.`,
      );
    }
  }
  return {
    noun: 'Transcription',
    ...present({ statusCallbackUrl, name, inboundTrackLabel, outboundTrackLabel, hints }),
    statusCallbackMethod: values.statusCallbackMethod,
    track: values.track,
    languageCode: values.languageCode,
    partialResults: values.partialResults,
  };
}
