import type { ApplicationAddress } from '../model/application.ts';
import { dialApplication } from './dial-application.ts';
import type { Interpreter } from './interpreter.ts';
import type { LiveCall } from './live-call.ts';

/**
 * Lets an application answer a call that the API placed to it: its documents run in a call of their own, which this one
 * hears. Each ends with the other. False when the call has ended instead.
 * Twilio: voice/api/conference-participant-resource#create-a-participant, `To`
 */
export async function callApplication(
  live: LiveCall,
  interpreter: Interpreter,
  { applicationSid, parameters }: ApplicationAddress,
): Promise<boolean> {
  const outcome = await dialApplication(
    live,
    { url: undefined, interpreter },
    {},
    {
      noun: 'Application',
      applicationSid,
      parameters,
      copyParentTo: false,
      method: 'POST',
      statusCallbackMethod: 'POST',
      statusCallbackEvents: [],
    },
  );
  if (outcome.kind !== 'answered' || outcome.application === undefined) {
    await live.end('failed');
    return false;
  }
  const { child, application } = outcome;
  if (!(await live.take(application.leg))) {
    await child.end('completed');
    return false;
  }
  application.begin();
  return true;
}
