import { attributeTable, optional, present, readAttributes, withDefault } from '../attributes.ts';
import { childElements } from '../element.ts';
import type { Element } from '../element.ts';
import { uncarriedConnectNouns } from '../uncarried.ts';
import type { UnsupportedNoun } from '../uncarried.ts';
import { anyText, method, oneOf, someOf, trueOrFalse, url, wholeNumber } from '../values.ts';
import type { Method } from '../values.ts';
import { SCHEMA_WARNING } from '../warnings.ts';
import type { Warnings } from '../warnings.ts';
import { readConversationRelay } from './conversation-relay.ts';
import type { ConversationRelayNoun } from './conversation-relay.ts';
import { recordingCallbackRows, toRecordingCallback, trim } from './recording.ts';
import type { RecordingCallback, Trim } from './recording.ts';
import { readStream } from './stream.ts';
import type { StreamNoun } from './stream.ts';

/** Source: Twilio: voice/twiml/connect. */
export interface ConnectVerb {
  readonly verb: 'Connect';
  /** Absent: the document goes on when the connection ends. */
  readonly action?: string;
  readonly method: Method;
  readonly noun: ConversationNoun | ConversationRelayNoun | StreamNoun | UnsupportedNoun;
}

const recordings = [
  'do-not-record',
  'record-from-answer',
  'record-from-ringing',
  'record-from-answer-dual',
  'record-from-ringing-dual',
] as const;
const statusEvents = ['call-initiated', 'call-ringing', 'call-answered', 'call-completed'] as const;

/**
 * Twilio's noun by the typings of its library, as its pages do not show it any more; they give
 * no defaults, so those here follow `<Dial>` and `<Number>`. `conductorSid` is our own.
 */
export interface ConversationNoun extends RecordingCallback {
  readonly noun: 'Conversation';
  /** As written: whoever uses it says what is wrong with it. */
  readonly conductorSid?: string;
  readonly serviceInstanceSid?: string;
  readonly inboundAutocreation: boolean;
  readonly routingAssignmentTimeoutSec?: number;
  readonly inboundTimeoutSec?: number;
  readonly url?: string;
  /** For `url`. */
  readonly method: Method;
  readonly record: (typeof recordings)[number];
  readonly trim: Trim;
  readonly statusCallback?: string;
  readonly statusCallbackMethod: Method;
  readonly statusCallbackEvents: readonly (typeof statusEvents)[number][];
}

const attributes = attributeTable({
  action: optional(url),
  method: withDefault(method, 'POST'),
});

// Twilio: api/errors/32501, an attribute of <Conversation> is wrong.
const BAD_ATTRIBUTE = 32501;
const MOST_SECONDS = 86_400;

const conversationAttributes = attributeTable({
  conductorSid: optional(anyText, BAD_ATTRIBUTE),
  serviceInstanceSid: optional(anyText, BAD_ATTRIBUTE),
  inboundAutocreation: withDefault(trueOrFalse, false, BAD_ATTRIBUTE),
  routingAssignmentTimeout: optional(wholeNumber(1, MOST_SECONDS), BAD_ATTRIBUTE),
  inboundTimeout: optional(wholeNumber(1, MOST_SECONDS), BAD_ATTRIBUTE),
  url: optional(url, BAD_ATTRIBUTE),
  method: withDefault(method, 'POST', BAD_ATTRIBUTE),
  record: withDefault(oneOf(...recordings, 'true', 'false'), 'do-not-record', BAD_ATTRIBUTE),
  trim: withDefault(trim, 'trim-silence', BAD_ATTRIBUTE),
  ...recordingCallbackRows(BAD_ATTRIBUTE, BAD_ATTRIBUTE),
  statusCallback: optional(url, BAD_ATTRIBUTE),
  statusCallbackMethod: withDefault(method, 'POST', BAD_ATTRIBUTE),
  statusCallbackEvent: withDefault(someOf(...statusEvents), ['call-completed'], BAD_ATTRIBUTE),
});

const nounNames = ['Conversation', 'ConversationRelay', 'Stream', ...uncarriedConnectNouns.names];

/** Reads `<Connect>` with its one noun; without a noun there is nothing to connect to. */
export function readConnect(element: Element, warnings: Warnings): ConnectVerb | undefined {
  const values = readAttributes(element, attributes, warnings);
  warnings.addText(element);
  let noun: ConnectVerb['noun'] | undefined;
  for (const child of childElements(element)) {
    if (!nounNames.includes(child.name)) {
      warnings.addUnknownElement(child, 'Connect', nounNames);
    } else if (noun !== undefined) {
      warnings.add(
        SCHEMA_WARNING,
        child.line,
        () => `<Connect> takes one noun; <${child.name}> is ignored.`,
      );
    } else {
      noun = readNoun(child, warnings);
    }
  }
  if (noun === undefined) {
    warnings.add(SCHEMA_WARNING, element.line, () => '<Connect> has no noun and is ignored.');
    return undefined;
  }
  const { action, ...others } = values;
  return { verb: 'Connect', ...others, ...present({ action }), noun };
}

function readNoun(child: Element, warnings: Warnings): ConnectVerb['noun'] | undefined {
  if (child.name === 'Conversation') return readConversation(child, warnings);
  if (child.name === 'ConversationRelay') return readConversationRelay(child, warnings);
  if (child.name === 'Stream') return readStream(child, warnings);
  const uncarried = uncarriedConnectNouns.read(child, warnings);
  return uncarried && { noun: 'Unsupported', ...uncarried };
}

function readConversation(element: Element, warnings: Warnings): ConversationNoun {
  const values = readAttributes(element, conversationAttributes, warnings);
  warnings.addChildren(element);
  warnings.addText(element);
  return {
    noun: 'Conversation',
    ...present({
      conductorSid: values.conductorSid,
      serviceInstanceSid: values.serviceInstanceSid,
      routingAssignmentTimeoutSec: values.routingAssignmentTimeout,
      inboundTimeoutSec: values.inboundTimeout,
      url: values.url,
      statusCallback: values.statusCallback,
    }),
    inboundAutocreation: values.inboundAutocreation,
    method: values.method,
    record: toRecording(values.record),
    trim: values.trim,
    ...toRecordingCallback(values),
    statusCallbackMethod: values.statusCallbackMethod,
    statusCallbackEvents: values.statusCallbackEvent,
  };
}

/** Twilio: voice/twiml/dial#record, where `true` and `false` are the older spelling. */
function toRecording(
  text: (typeof recordings)[number] | 'true' | 'false',
): ConversationNoun['record'] {
  if (text === 'true') return 'record-from-answer';
  return text === 'false' ? 'do-not-record' : text;
}
