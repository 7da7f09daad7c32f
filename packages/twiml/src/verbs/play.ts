import { attributeTable, optional, present, readAttributes, withDefault } from '../attributes.ts';
import { ownText } from '../element.ts';
import type { Element } from '../element.ts';
import { dtmf, loops } from '../values.ts';
import { SCHEMA_WARNING } from '../warnings.ts';
import type { Warnings } from '../warnings.ts';

/** Source: Twilio: voice/twiml/play. At least one of `url` and `digits` is there. */
export interface PlayVerb {
  readonly verb: 'Play';
  readonly url?: string;
  /** Keys to send; `w` waits half a second, `W` one. */
  readonly digits?: string;
  /** 1 to 1000. */
  readonly loop: number;
}

const attributes = attributeTable({
  digits: optional(dtmf, 13430),
  loop: withDefault(loops, 1, 13410),
});

/** Reads `<Play>`; without a URL or digits there is nothing to play. */
export function readPlay(element: Element, warnings: Warnings): PlayVerb | undefined {
  const { digits, loop } = readAttributes(element, attributes, warnings);
  warnings.addChildren(element);
  const url = ownText(element) || undefined;
  if (url === undefined && digits === undefined) {
    warnings.add(
      SCHEMA_WARNING,
      element.line,
      () => '<Play> has neither a URL nor digits and is ignored.',
    );
    return undefined;
  }
  return { verb: 'Play', ...present({ url, digits }), loop };
}
