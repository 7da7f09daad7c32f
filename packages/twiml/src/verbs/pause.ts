import { attributeTable, readAttributes, withDefault } from '../attributes.ts';
import type { Element } from '../element.ts';
import { LONGEST_PAUSE_SEC } from '../limits.ts';
import { wholeNumber } from '../values.ts';
import type { Warnings } from '../warnings.ts';

/** Source: Twilio: voice/twiml/pause. */
export interface PauseVerb {
  readonly verb: 'Pause';
  readonly lengthSec: number;
}

const attributes = attributeTable({
  length: withDefault(wholeNumber(1, LONGEST_PAUSE_SEC), 1, 13910),
});

/** Reads `<Pause>`. */
export function readPause(element: Element, warnings: Warnings): PauseVerb {
  const { length } = readAttributes(element, attributes, warnings);
  warnings.addChildren(element);
  warnings.addText(element);
  return { verb: 'Pause', lengthSec: length };
}
