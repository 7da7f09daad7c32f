import { attributeTable, readAttributes } from '../attributes.ts';
import type { Element } from '../element.ts';
import type { Warnings } from '../warnings.ts';

/** Source: Twilio: voice/twiml/hangup. */
export interface HangupVerb {
  readonly verb: 'Hangup';
}

const attributes = attributeTable({});

/** Reads `<Hangup>`. */
export function readHangup(element: Element, warnings: Warnings): HangupVerb {
  readAttributes(element, attributes, warnings);
  warnings.addChildren(element);
  warnings.addText(element);
  return { verb: 'Hangup' };
}
