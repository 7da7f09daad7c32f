import { attributeTable, optional, present, readAttributes, withDefault } from '../attributes.ts';
import { childElements, ownText } from '../element.ts';
import type { Element } from '../element.ts';
import { MAX_SIP_HEADER_CHARACTERS } from '../limits.ts';
import { machineDetectionRows, toMachineDetection } from './machine-detection.ts';
import type { MachineDetection } from './machine-detection.ts';
import { anyText, dtmf, method, someOf, url } from '../values.ts';
import type { Method } from '../values.ts';
import { shorten } from '../warnings.ts';
import type { Warnings } from '../warnings.ts';

const dialEvents = ['initiated', 'ringing', 'answered', 'completed'] as const;

type DialEvent = (typeof dialEvents)[number];

/** What every noun that is dialled can carry. */
export interface DialledNoun {
  /** TwiML that the dialled party hears before the two are joined. */
  readonly url?: string;
  /** For `url`. */
  readonly method: Method;
  readonly statusCallback?: string;
  readonly statusCallbackMethod: Method;
  readonly statusCallbackEvents: readonly DialEvent[];
}

/** Source: Twilio: voice/twiml/number. */
export interface NumberNoun extends DialledNoun {
  readonly noun: 'Number';
  /** As written, without the blanks around; it has at least one digit. */
  readonly number: string;
  /** Keys to send once answered. */
  readonly sendDigits?: string;
  readonly machineDetection?: MachineDetection;
}

/** Source: Twilio: voice/twiml/sip. */
export interface SipNoun extends DialledNoun {
  readonly noun: 'Sip';
  /** `sip:` or `sips:`, with its parameters and, after `?`, its headers. */
  readonly uri: string;
  readonly username?: string;
  readonly password?: string;
  /** From `<Headers>`; names begin with `X-`, or are `User-to-User`. */
  readonly headers: readonly SipHeader[];
  readonly machineDetection?: MachineDetection;
}

interface SipHeader {
  readonly name: string;
  readonly value: string;
}

export const dialledRows = {
  url: optional(url),
  statusCallback: optional(url),
  statusCallbackMethod: withDefault(method, 'POST'),
  statusCallbackEvent: withDefault(someOf(...dialEvents), ['completed']),
} as const;

const numberAttributes = attributeTable(
  {
    ...dialledRows,
    method: withDefault(method, 'POST', 13221),
    sendDigits: optional(dtmf, 13222),
    ...machineDetectionRows,
  },
  ['byoc'],
);

const sipAttributes = attributeTable({
  ...dialledRows,
  method: withDefault(method, 'POST', 13241),
  username: optional(anyText, 13249),
  password: optional(anyText, 13249),
  ...machineDetectionRows,
});

/** Reads `<Number>`, or gives nothing when it holds no number. */
export function readNumber(element: Element, warnings: Warnings): NumberNoun | undefined {
  const values = readAttributes(element, numberAttributes, warnings);
  warnings.addChildren(element);
  return toNumber(ownText(element), element.line, values, warnings);
}

/** Reads the number that stands directly inside `<Dial>`. */
export function readPlainNumber(
  text: string,
  line: number,
  warnings: Warnings,
): NumberNoun | undefined {
  const none: Element = { name: 'Number', line, attributes: new Map(), children: [] };
  return toNumber(text, line, readAttributes(none, numberAttributes, warnings), warnings);
}

function toNumber(
  number: string,
  line: number,
  values: ReturnType<typeof readAttributes<typeof numberAttributes.rows>>,
  warnings: Warnings,
): NumberNoun | undefined {
  // Digits with what people put between them, and the extensions that SIM and test numbers have.
  if (!/^[+(0-9*#][0-9*# ().-]*$/.test(number) || !/[0-9]/.test(number)) {
    const advice = /^sips?:/i.test(number) ? ' Put a SIP URI into <Sip>.' : '';
    warnings.add(
      13223,
      line,
      () => `"${shorten(number)}" is not a phone number and is not dialled.${advice}`,
    );
    return undefined;
  }
  const { sendDigits } = values;
  return {
    noun: 'Number',
    number,
    ...fromDialled(values),
    ...present({ sendDigits }),
    ...toMachineDetection(values),
  };
}

/** Reads `<Sip>`, or gives nothing when it holds no SIP URI. */
export function readSip(element: Element, warnings: Warnings): SipNoun | undefined {
  const values = readAttributes(element, sipAttributes, warnings);
  const headers: SipHeader[] = [];
  let target: { uri: string; username?: string; password?: string } = {
    uri: ownText(element),
    ...present({ username: values.username, password: values.password }),
  };
  let uris = 0;
  for (const child of childElements(element)) {
    if (child.name === 'Uri') {
      uris += 1;
      if (uris === 1) target = { ...target, ...readUri(child, warnings) };
      else warnings.add(13250, child.line, () => 'Only the first <Uri> of <Sip> is dialled.');
    } else if (child.name === 'Headers') {
      headers.push(...readHeaders(child, warnings));
    } else {
      warnings.addUnknownElement(child, 'Sip', ['Uri', 'Headers']);
    }
  }
  const { uri } = target;
  if (!/^sips?:[^\s:@][^\s]*$/i.test(uri)) {
    warnings.add(
      13243,
      element.line,
      () => `"${shorten(uri)}" is not a SIP URI and is not dialled.`,
    );
    return undefined;
  }
  return { noun: 'Sip', ...fromDialled(values), ...target, headers, ...toMachineDetection(values) };
}

const uriAttributes = attributeTable(
  { username: optional(anyText, 13249), password: optional(anyText, 13249) },
  ['priority', 'weight'],
);

function readUri(
  element: Element,
  warnings: Warnings,
): { uri: string; username?: string; password?: string } {
  const { username, password } = readAttributes(element, uriAttributes, warnings);
  warnings.addChildren(element);
  return { uri: ownText(element), ...present({ username, password }) };
}

const headerAttributes = attributeTable({
  name: withDefault(anyText, '', 13252),
  value: withDefault(anyText, '', 13253),
});

function readHeaders(element: Element, warnings: Warnings): readonly SipHeader[] {
  let characters = 0;
  return childElements(element).flatMap((child) => {
    if (child.name !== 'Header') {
      warnings.addUnknownElement(child, 'Headers', ['Header']);
      return [];
    }
    const { name, value } = readAttributes(child, headerAttributes, warnings);
    // token, RFC 3261 §25.1, restricted to the names that Twilio lets through.
    if (!/^(?:X-[A-Za-z0-9.!%*_+`'~-]+|User-to-User)$/i.test(name)) {
      warnings.add(
        13252,
        child.line,
        () => `The header "${shorten(name)}" is not sent: its name must begin with "X-".`,
      );
      return [];
    }
    characters += name.length + value.length;
    if (characters > MAX_SIP_HEADER_CHARACTERS || /[\r\n]/.test(value)) {
      warnings.add(
        13253,
        child.line,
        () =>
          `The header "${shorten(name)}" is not sent: headers have ${MAX_SIP_HEADER_CHARACTERS} characters in all, on one line each.`,
      );
      return [];
    }
    return [{ name, value }];
  });
}

/** The values of `dialledRows` and of `method`. */
export function fromDialled(values: {
  readonly url: string | undefined;
  readonly method: Method;
  readonly statusCallback: string | undefined;
  readonly statusCallbackMethod: Method;
  readonly statusCallbackEvent: readonly DialEvent[];
}): DialledNoun {
  return {
    ...present({ url: values.url, statusCallback: values.statusCallback }),
    method: values.method,
    statusCallbackMethod: values.statusCallbackMethod,
    statusCallbackEvents: values.statusCallbackEvent,
  };
}
