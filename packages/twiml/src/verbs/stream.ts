import { attributeTable, optional, present, readAttributes, withDefault } from '../attributes.ts';
import { childElements } from '../element.ts';
import type { Element } from '../element.ts';
import { method, oneOf, someText } from '../values.ts';
import type { Method, ValueType } from '../values.ts';
import type { Warnings } from '../warnings.ts';
import { readParameter } from './parameters.ts';
import type { Parameter } from './parameters.ts';

/** In `<Start>` and `<Connect>`. Source: Twilio: voice/twiml/stream. */
export interface StreamNoun {
  readonly noun: 'Stream';
  readonly url?: string;
  readonly name?: string;
  readonly track: 'inbound_track' | 'outbound_track' | 'both_tracks';
  readonly statusCallback?: string;
  readonly statusCallbackMethod: Method;
  readonly parameters: readonly Parameter[];
}

const noConnector: ValueType<string> = {
  read: () => undefined,
  expected: 'absent, as there are no connectors of Twilio’s marketplace here',
};

const attributes = attributeTable(
  {
    // Whoever connects says what is wrong with it: 31922, 31923.
    url: optional(someText, 31923),
    name: optional(someText),
    track: withDefault(
      oneOf('inbound_track', 'outbound_track', 'both_tracks'),
      'inbound_track',
      31941,
    ),
    statusCallback: optional(someText),
    statusCallbackMethod: withDefault(method, 'POST'),
    // Twilio: api/errors/31940.
    connectorName: optional(noConnector, 31940),
  },
  ['audioFormat', 'sampleRate'],
);

/** Reads `<Stream>`. */
export function readStream(element: Element, warnings: Warnings): StreamNoun {
  const values = readAttributes(element, attributes, warnings);
  const { url, name, statusCallback, track, statusCallbackMethod } = values;
  warnings.addText(element);
  return {
    noun: 'Stream',
    ...present({ url, name, statusCallback }),
    track,
    statusCallbackMethod,
    parameters: childElements(element).flatMap((child) => {
      if (child.name === 'Parameter') return readParameter(child, warnings) ?? [];
      warnings.addUnknownElement(child, 'Stream', ['Parameter']);
      return [];
    }),
  };
}
