import { attributeTable, optional, present, readAttributes, unheeded } from '../attributes.ts';
import { childElements } from '../element.ts';
import type { Element } from '../element.ts';
import { uncarriedStartNouns } from '../uncarried.ts';
import type { UnsupportedNoun } from '../uncarried.ts';
import { method, someText, url } from '../values.ts';
import { SCHEMA_WARNING, type Warnings } from '../warnings.ts';
import { readRecording } from './recording.ts';
import type { RecordingNoun } from './recording.ts';
import { readStream } from './stream.ts';
import type { StreamNoun } from './stream.ts';
import { readTranscription } from './transcription.ts';
import type { TranscriptionNoun } from './transcription.ts';

/** Begins what goes on in the background while the document goes on. Source: Twilio: voice/twiml/start. */
export interface StartVerb {
  readonly verb: 'Start';
  readonly nouns: readonly (RecordingNoun | StreamNoun | TranscriptionNoun | UnsupportedNoun)[];
}

/** Ends what `<Start>` began. Source: Twilio: voice/twiml/stop. `<Recording>` is ours. */
export interface StopVerb {
  readonly verb: 'Stop';
  readonly nouns: readonly {
    readonly noun: 'Recording' | 'Siprec' | 'Stream' | 'Transcription';
    readonly name?: string;
  }[];
}

// Twilio: api/errors/14300.
const BAD_NOUN = 14300;

const startAttributes = attributeTable({
  action: unheeded(url, SCHEMA_WARNING),
  method: unheeded(method, SCHEMA_WARNING),
});

const startNouns = ['Recording', 'Stream', 'Transcription', ...uncarriedStartNouns.names];

/** Reads `<Start>`. */
export function readStart(element: Element, warnings: Warnings): StartVerb {
  readAttributes(element, startAttributes, warnings);
  warnings.addText(element);
  warnOfNothing(element, warnings);
  const nouns = childElements(element).flatMap((child): StartVerb['nouns'] => {
    if (child.name === 'Recording') return [readRecording(child, warnings)];
    if (child.name === 'Stream') return [readStream(child, warnings)];
    if (child.name === 'Transcription') return [readTranscription(child, warnings)];
    const uncarried = uncarriedStartNouns.read(child, warnings);
    if (uncarried !== undefined) return [{ noun: 'Unsupported', ...uncarried }];
    warnings.addUnknownElement(child, 'Start', startNouns, BAD_NOUN);
    return [];
  });
  return { verb: 'Start', nouns };
}

const stopAttributes = attributeTable({});
const stopNouns = ['Recording', 'Siprec', 'Stream', 'Transcription'] as const;
const stoppedAttributes = attributeTable({ name: optional(someText) });
// All recordings of the call end: they have no names.
const namelessAttributes = attributeTable({ name: unheeded(someText, SCHEMA_WARNING) });

/** Reads `<Stop>`. */
export function readStop(element: Element, warnings: Warnings): StopVerb {
  readAttributes(element, stopAttributes, warnings);
  warnings.addText(element);
  warnOfNothing(element, warnings);
  const nouns = childElements(element).flatMap((child): StopVerb['nouns'] => {
    const noun = stopNouns.find((each) => each === child.name);
    if (noun === undefined) {
      warnings.addUnknownElement(child, 'Stop', stopNouns, BAD_NOUN);
      return [];
    }
    const table = noun === 'Recording' ? namelessAttributes : stoppedAttributes;
    const { name } = readAttributes(child, table, warnings);
    warnings.addChildren(child);
    return [{ noun, ...present({ name }) }];
  });
  return { verb: 'Stop', nouns };
}

function warnOfNothing(element: Element, warnings: Warnings): void {
  if (childElements(element).length > 0) return;
  warnings.add(SCHEMA_WARNING, element.line, () => `<${element.name}> has no noun and is ignored.`);
}
