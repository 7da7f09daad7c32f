import { attributeTable, optional, present, readAttributes, withDefault } from '../attributes.ts';
import { childElements, ownText } from '../element.ts';
import type { Element } from '../element.ts';
import { MAX_QUEUE_NAME_CHARACTERS, MAX_QUEUE_SIZE } from '../limits.ts';
import { method, someText, url, wholeNumber } from '../values.ts';
import type { Method } from '../values.ts';
import type { Warnings } from '../warnings.ts';

/** Source: Twilio: voice/twiml/enqueue. */
export interface EnqueueVerb {
  readonly verb: 'Enqueue';
  /** 1 to 64 characters; absent with `workflowSid`. */
  readonly queue?: string;
  /** Absent: the document goes on when the call leaves the queue. */
  readonly action?: string;
  readonly method: Method;
  /** What the call does while it waits; absent: music, `''`: silence. */
  readonly waitUrl?: string;
  readonly waitUrlMethod: Method;
  readonly maxQueueSize?: number;
  /** Asks for TaskRouter. */
  readonly workflowSid?: string;
}

/** Leaves the queue. Source: Twilio: voice/twiml/leave. */
export interface LeaveVerb {
  readonly verb: 'Leave';
}

const attributes = attributeTable({
  action: optional(url, 14203),
  method: withDefault(method, 'POST', 14201),
  waitUrl: optional(url, 14202),
  waitUrlMethod: withDefault(method, 'POST', 14206),
  maxQueueSize: optional(wholeNumber(1, MAX_QUEUE_SIZE)),
  workflowSid: optional(someText, 14220),
});

/** Reads `<Enqueue>`; without a queue there is nothing to wait in. */
export function readEnqueue(element: Element, warnings: Warnings): EnqueueVerb | undefined {
  const { action, waitUrl, maxQueueSize, workflowSid, ...others } = readAttributes(
    element,
    attributes,
    warnings,
  );
  // Task belongs to TaskRouter, whose absence whoever runs the verb tells of.
  for (const child of childElements(element)) {
    if (child.name === 'Task') readAttributes(child, taskAttributes, warnings);
    else warnings.addUnknownElement(child, 'Enqueue', ['Task']);
  }
  const queue = ownText(element) || undefined;
  if (workflowSid === undefined && !isQueueName(queue, element, [14204, 14205], warnings)) {
    return undefined;
  }
  return {
    verb: 'Enqueue',
    ...present({ queue, action, waitUrl, maxQueueSize, workflowSid }),
    ...others,
  };
}

const taskAttributes = attributeTable({}, ['priority', 'timeout']);

/** Whether it can name a queue; `codes` warn of one too short and one too long. */
export function isQueueName(
  name: string | undefined,
  element: Element,
  [tooShort, tooLong]: readonly [number, number],
  warnings: Warnings,
): name is string {
  if (name === undefined) {
    warnings.add(tooShort, element.line, () => `<${element.name}> names no queue and is ignored.`);
    return false;
  }
  if (name.length <= MAX_QUEUE_NAME_CHARACTERS) return true;
  warnings.add(
    tooLong,
    element.line,
    () =>
      `The queue of <${element.name}> has a name of more than ${MAX_QUEUE_NAME_CHARACTERS} characters; it is ignored.`,
  );
  return false;
}

const leaveAttributes = attributeTable({});

/** Reads `<Leave>`. */
export function readLeave(element: Element, warnings: Warnings): LeaveVerb {
  readAttributes(element, leaveAttributes, warnings);
  warnings.addChildren(element);
  warnings.addText(element);
  return { verb: 'Leave' };
}
