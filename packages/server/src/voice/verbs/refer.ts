import type { ReferVerb } from '@tutti/twiml';
import { refusal } from '../../base/app-error.ts';
import { aborted } from '../aborted.ts';
import type { RunningDocument } from '../interpreter.ts';
import type { ReferOutcome } from '../leg.ts';
import type { LiveCall } from '../live-call.ts';
import { failDocument, goOn, type Next } from '../next.ts';
import { resolveUrl } from '../resolve-url.ts';
import { statusOfRefusal } from '../sip-status.ts';
import { tellAction } from '../tell-action.ts';

/** Twilio: voice/twiml/refer */
export async function runRefer(
  live: LiveCall,
  running: RunningDocument,
  verb: ReferVerb,
): Promise<Next> {
  const leg = await live.answer();
  if (leg === undefined) return goOn;
  let outcome: ReferOutcome | undefined;
  try {
    // Who is sent elsewhere by us does not wait for what the peer tells.
    outcome = await Promise.race([leg.refer(verb.uri), left(live)]);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    await live.alerts.of(refusal('dialInvalidSip', { given: verb.uri, problem: error.message }));
    return goOn;
  }
  if (verb.action === undefined || outcome === undefined) return goOn;
  const url = await resolveUrl(live, running, verb.action);
  if (url === undefined) return failDocument;
  const action = { url, method: verb.method, parameters: told(outcome) };
  if (!live.signal.aborted) return { kind: 'fetch', ...action };
  // The peer has gone where it was sent, and there is nobody to run a document for.
  await tellAction(live, action);
  return goOn;
}

/** Undefined once the API has sent the call elsewhere; never when it is over, as the outcome comes then. */
async function left(live: LiveCall): Promise<undefined> {
  await aborted(live.signal);
  if (live.over.signal.aborted) await new Promise(() => undefined);
  return undefined;
}

/** Twilio: voice/twiml/refer#action */
function told({ answered, told: notified }: ReferOutcome): Record<string, string> {
  return {
    ReferCallStatus: statusOf({ answered, told: notified }),
    ...(answered === undefined ? {} : { ReferSipResponseCode: String(answered) }),
    ...(notified === undefined ? {} : { NotifySipResponseCode: String(notified) }),
  };
}

function statusOf({ answered, told: notified = 0 }: ReferOutcome): string {
  if (notified >= 300) return statusOfRefusal(notified);
  if (notified >= 200) return 'completed';
  // It has hung up after it accepted, without a word of how its call went.
  return answered === 202 ? 'in-progress' : 'failed';
}
