import { attributeTable, optional, present, readAttributes, withDefault } from '../attributes.ts';
import { childElements } from '../element.ts';
import type { Element } from '../element.ts';
import { anyText, languageTag, method, oneOf, someText, trueOrFalse, url } from '../values.ts';
import type { Method } from '../values.ts';
import type { Warnings } from '../warnings.ts';
import { readParameter } from './parameters.ts';
import type { Parameter } from './parameters.ts';

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
  readonly transcriptionEngine: string;
  readonly speechModel: string;
  readonly profanityFilter: boolean;
  readonly enableAutomaticPunctuation: boolean;
  readonly hints?: string;
  readonly enableProviderData: boolean;
  readonly configs: readonly Parameter[];
  readonly parameters: readonly Parameter[];
}

// Twilio: api/errors/32650, the configuration of a transcription is wrong.
const BAD_ATTRIBUTE = 32650;

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
    transcriptionEngine: withDefault(someText, 'google', BAD_ATTRIBUTE),
    speechModel: withDefault(someText, 'telephony', BAD_ATTRIBUTE),
    profanityFilter: withDefault(trueOrFalse, true, BAD_ATTRIBUTE),
    enableAutomaticPunctuation: withDefault(trueOrFalse, true, BAD_ATTRIBUTE),
    hints: optional(anyText, BAD_ATTRIBUTE),
    enableProviderData: withDefault(trueOrFalse, false, BAD_ATTRIBUTE),
  },
  ['intelligenceService', 'conversationConfiguration', 'conversationId'],
);

/** Reads `<Transcription>` of `<Start>`. */
export function readTranscription(element: Element, warnings: Warnings): TranscriptionNoun {
  const { statusCallbackUrl, name, inboundTrackLabel, outboundTrackLabel, hints, ...others } =
    readAttributes(element, attributes, warnings);
  warnings.addText(element);
  const [configs, parameters]: [Parameter[], Parameter[]] = [[], []];
  for (const child of childElements(element)) {
    if (child.name !== 'Config' && child.name !== 'Parameter') {
      warnings.addUnknownElement(child, 'Transcription', ['Config', 'Parameter']);
      continue;
    }
    const read = readParameter(child, warnings);
    if (read !== undefined) (child.name === 'Config' ? configs : parameters).push(read);
  }
  return {
    noun: 'Transcription',
    ...present({ statusCallbackUrl, name, inboundTrackLabel, outboundTrackLabel, hints }),
    ...others,
    configs,
    parameters,
  };
}
