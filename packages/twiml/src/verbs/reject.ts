import { attributeTable, readAttributes, withDefault } from '../attributes.ts';
import type { Element } from '../element.ts';
import { oneOf } from '../values.ts';
import type { Warnings } from '../warnings.ts';

/** Source: Twilio: voice/twiml/reject. */
export interface RejectVerb {
  readonly verb: 'Reject';
  readonly reason: 'rejected' | 'busy';
}

const attributes = attributeTable({
  reason: withDefault(oneOf('rejected', 'busy'), 'rejected', 13810),
});

/** Reads `<Reject>`. */
export function readReject(element: Element, warnings: Warnings): RejectVerb {
  const { reason } = readAttributes(element, attributes, warnings);
  warnings.addChildren(element);
  warnings.addText(element);
  return { verb: 'Reject', reason };
}
