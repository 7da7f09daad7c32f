import { attributeTable, optional, present, readAttributes, withDefault } from '../attributes.ts';
import type { Element } from '../element.ts';
import { MAX_SAY_CHARACTERS } from '../limits.ts';
import { languageTag, loops, someText } from '../values.ts';
import type { Warnings } from '../warnings.ts';
import { readSpeech, type SpokenPart } from './ssml.ts';

/** Source: Twilio: voice/twiml/say. */
export interface SayVerb {
  readonly verb: 'Say';
  /** Without markup; runs of blanks are one blank. */
  readonly text: string;
  readonly voice?: string;
  readonly language?: string;
  /** 1 to 1000. */
  readonly loop: number;
  /** The same words with how they are said, and pauses; absent where they are said plainly. */
  readonly parts?: readonly SpokenPart[];
}

const attributes = attributeTable({
  voice: optional(someText, 13511),
  language: optional(languageTag, 13512),
  loop: withDefault(loops, 1, 13510),
});

// Inside <Gather> the same mistakes have codes of their own.
const attributesInGather = attributeTable({
  voice: optional(someText, 13321),
  language: optional(languageTag, 13512),
  loop: withDefault(loops, 1, 13322),
});

/** Reads `<Say>`; without text, or with too much, there is nothing to say. */
export function readSay(
  element: Element,
  warnings: Warnings,
  parent: 'Response' | 'Gather' = 'Response',
): SayVerb | undefined {
  const { voice, language, loop } = readAttributes(
    element,
    parent === 'Gather' ? attributesInGather : attributes,
    warnings,
  );
  const parts = readSpeech(element, warnings);
  const text = parts
    .map((part) => ('text' in part ? part.text : ' '))
    .join('')
    .trim();
  if (parts.length === 0) {
    warnings.add(13520, element.line, () => '<Say> has no text and is ignored.');
    return undefined;
  }
  if (text.length > MAX_SAY_CHARACTERS) {
    warnings.add(
      13521,
      element.line,
      () => `<Say> has more than ${MAX_SAY_CHARACTERS} characters and is ignored.`,
    );
    return undefined;
  }
  const isPlain = parts.length === 1 && Object.keys(parts[0] ?? {}).join('') === 'text';
  return {
    verb: 'Say',
    ...present({ voice, language, parts: isPlain ? undefined : parts }),
    text,
    loop,
  };
}
