import { attributeTable, optional, present, readAttributes, withDefault } from '../attributes.ts';
import { childElements, ownText } from '../element.ts';
import type { Element } from '../element.ts';
import { method, url } from '../values.ts';
import type { Method } from '../values.ts';
import { SCHEMA_WARNING, shorten } from '../warnings.ts';
import type { Warnings } from '../warnings.ts';

/** Source: Twilio: voice/twiml/refer. */
export interface ReferVerb {
  readonly verb: 'Refer';
  readonly action?: string;
  readonly method: Method;
  /** `sip:` or `sips:`. */
  readonly uri: string;
}

const attributes = attributeTable({
  action: optional(url),
  method: withDefault(method, 'POST'),
});

const sipAttributes = attributeTable({});

/** Reads `<Refer>`; without a SIP URI there is nobody to refer to. */
export function readRefer(element: Element, warnings: Warnings): ReferVerb | undefined {
  const { action, ...others } = readAttributes(element, attributes, warnings);
  warnings.addText(element);
  let uri: string | undefined;
  for (const child of childElements(element)) {
    if (child.name !== 'Sip') {
      warnings.addUnknownElement(child, 'Refer', ['Sip']);
    } else if (uri === undefined) {
      readAttributes(child, sipAttributes, warnings);
      uri = ownText(child);
    } else {
      warnings.add(SCHEMA_WARNING, child.line, () => '<Refer> takes one <Sip>.');
    }
  }
  if (uri !== undefined && /^sips?:[^\s:@][^\s]*$/i.test(uri)) {
    return { verb: 'Refer', ...present({ action }), ...others, uri };
  }
  warnings.add(
    13243,
    element.line,
    () => `<Refer> needs <Sip> with a SIP URI; "${shorten(uri ?? '')}" is none.`,
  );
  return undefined;
}
