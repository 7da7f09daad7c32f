import { attributeTable, readAttributes, withDefault } from '../attributes.ts';
import { ownText } from '../element.ts';
import type { Element } from '../element.ts';
import { method } from '../values.ts';
import type { Method } from '../values.ts';
import type { Warnings } from '../warnings.ts';

/** Source: Twilio: voice/twiml/redirect. */
export interface RedirectVerb {
  readonly verb: 'Redirect';
  /** Absolute or relative; `''` is the URL of this document. */
  readonly url: string;
  readonly method: Method;
}

const attributes = attributeTable({ method: withDefault(method, 'POST', 13710) });

/** Reads `<Redirect>`. */
export function readRedirect(element: Element, warnings: Warnings): RedirectVerb {
  const values = readAttributes(element, attributes, warnings);
  warnings.addChildren(element);
  return { verb: 'Redirect', url: ownText(element), method: values.method };
}
