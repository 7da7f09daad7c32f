import { attributeTable, optional, present, readAttributes, withDefault } from '../attributes.ts';
import type { Element } from '../element.ts';
import { MAX_SAY_CHARACTERS } from '../limits.ts';
import { languageTag, loops, someText } from '../values.ts';
import type { Warnings } from '../warnings.ts';

/** Source: Twilio: voice/twiml/say. */
export interface SayVerb {
  readonly verb: 'Say';
  /** Without markup; runs of blanks are one blank. */
  readonly text: string;
  readonly voice?: string;
  readonly language?: string;
  /** 1 to 1000. */
  readonly loop: number;
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

// Twilio: voice/twiml/say/text-speech#ssml-tags.
const ssmlNames = [
  'break',
  'emphasis',
  'lang',
  'p',
  'phoneme',
  'prosody',
  's',
  'say-as',
  'sub',
  'w',
  'mark',
  'speak',
  'amazon:effect',
  'amazon:domain',
];

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
  const text = spokenText(element, warnings).replaceAll(/\s+/g, ' ').trim();
  if (text === '') {
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
  return { verb: 'Say', ...present({ voice, language }), text, loop };
}

/** The text of an element with that of the SSML elements inside. */
function spokenText(element: Element, warnings: Warnings): string {
  const parts = element.children.map((child) => {
    if (typeof child === 'string') return child;
    if (ssmlNames.includes(child.name)) {
      const inside = spokenText(child, warnings);
      // A break, a sentence and a paragraph part words; the others may stand inside one.
      return ['break', 's', 'p'].includes(child.name) ? ` ${inside} ` : inside;
    }
    warnings.addUnknownElement(child, 'Say', ssmlNames);
    return '';
  });
  return parts.join('');
}
