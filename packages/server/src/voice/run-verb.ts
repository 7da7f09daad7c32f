import type { Verb } from '@tutti/twiml';
import { sleep } from '../base/clock.ts';
import type { LiveCall } from './live-call.ts';
import { endCall, failDocument, goOn, type Next } from './next.ts';
import { refuseElement } from './refuse-element.ts';
import { resolveUrl } from './resolve-url.ts';
import type { RunningDocument } from './interpreter.ts';
import { runConnect } from './verbs/connect.ts';
import { runDial } from './verbs/dial.ts';
import { runEnqueue, runLeave } from './verbs/enqueue.ts';
import { runGather } from './verbs/gather.ts';
import { runPlay } from './verbs/play.ts';
import { runRecord } from './verbs/record.ts';
import { runRefer } from './verbs/refer.ts';
import { runSay } from './verbs/say.ts';
import { runStart, runStop } from './verbs/start.ts';

/** Runs one verb; the call may be over, or redirected, when it is done. */
export async function runVerb(live: LiveCall, running: RunningDocument, verb: Verb): Promise<Next> {
  // What was keyed into the first prompt is not input of a later question.
  if (verb.verb !== 'Gather' && verb.verb !== 'Redirect') live.takeEarlyKeys();
  switch (verb.verb) {
    case 'Say':
      return runSay(live, verb);
    case 'Play':
      return runPlay(live, running, verb);
    case 'Pause':
      // While it rings, a pause lets it ring on. Twilio: voice/twiml/pause
      await sleep(live.context.actions.clock, verb.lengthSec * 1000, live.signal);
      return goOn;
    case 'Gather':
      return runGather(live, running, verb);
    case 'Redirect': {
      const url = await resolveUrl(live, running, verb.url);
      return url === undefined
        ? failDocument
        : { kind: 'fetch', url, method: verb.method, parameters: {} };
    }
    case 'Reject':
      // Only a call that rings can be rejected; later it means hang up. Twilio: voice/twiml/reject
      if (live.isRinging) live.reject(verb.reason);
      return endCall;
    case 'Hangup':
      return endCall;
    case 'Dial':
      return runDial(live, running, verb);
    case 'Connect':
      return runConnect(live, running, verb);
    case 'Record':
      return runRecord(live, running, verb);
    case 'Start':
      return runStart(live, running, verb);
    case 'Stop':
      return runStop(live, running, verb);
    case 'Enqueue':
      return runEnqueue(live, running, verb);
    case 'Leave':
      return runLeave(live, running);
    case 'Refer':
      return runRefer(live, running, verb);
    case 'Unsupported':
      return refuseElement(live, running, verb);
  }
}
