import { attributeTable, optional, present, readAttributes, withDefault } from '../attributes.ts';
import { childElements, ownText } from '../element.ts';
import type { Element } from '../element.ts';
import { method, someText, trueOrFalse, url } from '../values.ts';
import type { Method } from '../values.ts';
import { SCHEMA_WARNING, shorten } from '../warnings.ts';
import type { Warnings } from '../warnings.ts';
import { dialledRows, fromDialled } from './dial-nouns.ts';
import type { DialledNoun } from './dial-nouns.ts';
import { isQueueName } from './enqueue.ts';
import { readParameter } from './parameters.ts';
import type { Parameter } from './parameters.ts';

/** Source: Twilio: voice/twiml/client. */
export interface ClientNoun extends DialledNoun {
  readonly noun: 'Client';
  /** Without `client:`. */
  readonly identity: string;
  readonly parameters: readonly Parameter[];
}

/** Source: Twilio: voice/twiml/dial#application. */
export interface ApplicationNoun extends DialledNoun {
  readonly noun: 'Application';
  /** As written: whoever uses it says what is wrong with it. */
  readonly applicationSid: string;
  /** Whether the application sees who was called first. */
  readonly copyParentTo: boolean;
  /** Who the application is told is calling it. */
  readonly customerId?: string;
  readonly parameters: readonly Parameter[];
}

/** In `<Dial>`: joins the call that waits longest. Source: Twilio: voice/twiml/queue. */
export interface QueueNoun {
  readonly noun: 'Queue';
  readonly name: string;
  /** TwiML that the waiting party hears before the two are joined. */
  readonly url?: string;
  /** For `url`. */
  readonly method: Method;
  /** Asks for TaskRouter. */
  readonly reservationSid?: string;
}

const clientAttributes = attributeTable({
  ...dialledRows,
  method: withDefault(method, 'POST', 13221),
});

/** Reads `<Client>`, or gives nothing when it names nobody. */
export function readClient(element: Element, warnings: Warnings): ClientNoun | undefined {
  const values = readAttributes(element, clientAttributes, warnings);
  const { named, parameters } = readNamed(element, 'Identity', warnings);
  const identity = named.replace(/^client:/, '');
  if (/^[^\s?&/:@<>"]{1,256}$/.test(identity)) {
    return { noun: 'Client', identity, parameters, ...fromDialled(values) };
  }
  warnings.add(
    SCHEMA_WARNING,
    element.line,
    () => `"${shorten(identity)}" of <Client> is no identity and is not dialled.`,
  );
  return undefined;
}

const applicationAttributes = attributeTable({
  ...dialledRows,
  method: withDefault(method, 'POST', 13221),
  copyParentTo: withDefault(trueOrFalse, false),
  customerId: optional(someText),
});

/** Reads `<Application>`, or gives nothing when it names none. */
export function readApplication(element: Element, warnings: Warnings): ApplicationNoun | undefined {
  const values = readAttributes(element, applicationAttributes, warnings);
  const { named, parameters } = readNamed(element, 'ApplicationSid', warnings);
  if (named !== '') {
    const { copyParentTo, customerId } = values;
    return {
      noun: 'Application',
      applicationSid: named,
      copyParentTo,
      parameters,
      ...present({ customerId }),
      ...fromDialled(values),
    };
  }
  warnings.add(
    SCHEMA_WARNING,
    element.line,
    () => '<Application> has no <ApplicationSid> and is not dialled.',
  );
  return undefined;
}

const nameAttributes = attributeTable({});

/** The text of an element, or of the child `name`, and its parameters. */
function readNamed(
  element: Element,
  name: string,
  warnings: Warnings,
): { readonly named: string; readonly parameters: readonly Parameter[] } {
  let named = ownText(element);
  const parameters: Parameter[] = [];
  for (const child of childElements(element)) {
    if (child.name === name) {
      readAttributes(child, nameAttributes, warnings);
      named = ownText(child);
    } else if (child.name === 'Parameter') {
      const parameter = readParameter(child, warnings);
      if (parameter !== undefined) parameters.push(parameter);
    } else {
      warnings.addUnknownElement(child, element.name, [name, 'Parameter']);
    }
  }
  return { named, parameters };
}

const queueAttributes = attributeTable(
  {
    url: optional(url, 14211),
    method: withDefault(method, 'POST', 14210),
    reservationSid: optional(someText, 14215),
  },
  ['postWorkActivitySid'],
);

/** Reads `<Queue>`, or gives nothing when it names none. */
export function readQueue(element: Element, warnings: Warnings): QueueNoun | undefined {
  const {
    url: whisper,
    reservationSid,
    ...others
  } = readAttributes(element, queueAttributes, warnings);
  warnings.addChildren(element);
  const name = ownText(element);
  const isNamed = isQueueName(name || undefined, element, [14212, 14213], warnings);
  if (!isNamed && reservationSid === undefined) return undefined;
  return { noun: 'Queue', name, ...present({ url: whisper, reservationSid }), ...others };
}
