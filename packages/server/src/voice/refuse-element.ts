import { refusal } from '../base/app-error.ts';
import { shownUrl } from '../callback/target.ts';
import type { RunningDocument } from './interpreter.ts';
import type { LiveCall } from './live-call.ts';
import { failDocument, type Next } from './next.ts';

/** Errors of Twilio for what is not carried out. */
const errors = {
  13258: 'simNotCarried',
  13750: 'unsupportedVerb',
  13803: 'smsNotCarried',
  14219: 'queueNotTaskRouter',
  14226: 'enqueueNotTaskRouter',
} as const;

/** An element that is understood and not carried out; `name` is as in `<Dial><Sim>`, without the outer brackets. */
interface RefusedElement {
  readonly name: string;
  readonly code?: keyof typeof errors;
  /** Completes the sentence "`<Pay>` …"; default: this version does not have it. */
  readonly problem?: string;
}

/** Raises the alert of an element that is not carried out; the document ends there. */
export async function refuseElement(
  live: LiveCall,
  running: RunningDocument,
  { name, code = 13750, problem }: RefusedElement,
): Promise<Next> {
  const url = running.url === undefined ? 'Twiml parameter' : shownUrl(running.url);
  const why =
    problem === undefined
      ? 'is not carried by this version of Tutti'
      : `${problem}, which a server of your own cannot do`;
  await live.alerts.of(refusal(errors[code], { url, verb: name, problem: why }));
  return failDocument;
}
