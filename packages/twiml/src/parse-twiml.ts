import { attributeTable, readAttributes } from './attributes.ts';
import type { TwimlResult, Verb } from './document.ts';
import { childElements } from './element.ts';
import type { Element } from './element.ts';
import { uncarriedVerbs } from './uncarried.ts';
import { verbNames } from './verb-names.ts';
import { readConnect } from './verbs/connect.ts';
import { readDial } from './verbs/dial.ts';
import { readEnqueue, readLeave } from './verbs/enqueue.ts';
import { readGather } from './verbs/gather.ts';
import { readHangup } from './verbs/hangup.ts';
import { readPause } from './verbs/pause.ts';
import { readPlay } from './verbs/play.ts';
import { readRecord } from './verbs/record.ts';
import { readRedirect } from './verbs/redirect.ts';
import { readRefer } from './verbs/refer.ts';
import { readReject } from './verbs/reject.ts';
import { readSay } from './verbs/say.ts';
import { readStart, readStop } from './verbs/start.ts';
import { shorten, type Suggest, Warnings } from './warnings.ts';
import { parseXml } from './xml.ts';

type VerbReader = (element: Element, warnings: Warnings) => Verb | undefined;

const readers: ReadonlyMap<string, VerbReader> = new Map<string, VerbReader>([
  ['Say', (element, warnings) => readSay(element, warnings)],
  ['Play', readPlay],
  ['Pause', readPause],
  ['Gather', readGather],
  ['Redirect', readRedirect],
  ['Reject', readReject],
  ['Hangup', readHangup],
  ['Dial', readDial],
  ['Connect', readConnect],
  ['Record', readRecord],
  ['Enqueue', readEnqueue],
  ['Leave', readLeave],
  ['Start', readStart],
  ['Stop', readStop],
  ['Refer', readRefer],
]);

const rootAttributes = attributeTable({});

/**
 * Reads a voice TwiML document. Verbs come back in the order of the document; what is unknown or
 * wrong inside a document that is otherwise sound is ignored with a warning, as Twilio does. A warning names what was
 * probably meant when `suggest` knows it.
 */
export function parseTwiml(text: string, suggest: Suggest = () => undefined): TwimlResult {
  const parsed = parseXml(text.startsWith('\ufeff') ? text.slice(1) : text);
  if (!parsed.ok) return parsed;

  const root = parsed.value;
  if (root.name !== 'Response') {
    const message = `The root element is <${shorten(root.name)}>; it must be <Response>.`;
    return { ok: false, error: { code: 12102, message, line: root.line } };
  }
  const warnings = new Warnings(suggest);
  readAttributes(root, rootAttributes, warnings);
  warnings.addText(root);
  const verbs = childElements(root).flatMap((element) => readVerb(element, warnings) ?? []);
  return { ok: true, value: { verbs, warnings: warnings.list } };
}

function readVerb(element: Element, warnings: Warnings): Verb | undefined {
  const read = readers.get(element.name);
  if (read !== undefined) return read(element, warnings);
  const uncarried = uncarriedVerbs.read(element, warnings);
  if (uncarried !== undefined) return { verb: 'Unsupported', ...uncarried, line: element.line };
  warnings.addUnknownElement(element, 'Response', verbNames);
  return undefined;
}
