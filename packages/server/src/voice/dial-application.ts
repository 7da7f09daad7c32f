import type { ApplicationNoun, DialVerb } from '@tutti/twiml';
import { dialLeg } from '../actions/dial-leg.ts';
import { withRelatedSids } from '../actions/related-sids.ts';
import {
  isCallable,
  silentApplication,
  unknownApplication,
  type CallableApplication,
} from '../actions/require-application.ts';
import { alertText, refusal, RequestError } from '../base/app-error.ts';
import { catalogue } from '../base/error-catalogue.ts';
import type { Application } from '../model/application.ts';
import { requireSid } from '../model/sid-parameter.ts';
import { findApplication } from '../store/applications.ts';
import type { NounOutcome } from './dial-noun.ts';
import type { RunningDocument } from './interpreter.ts';
import { Leg } from './leg.ts';
import { LiveCall } from './live-call.ts';
import { noteNamed } from './note-named.ts';
import { resolveUrl } from './resolve-url.ts';

/** Applications that dial applications, from the first to the last. */
const CHAIN_MAX = 10;

const APPLICATION_SID = 'ApplicationSid of <Application>';

/**
 * Calls an application: a child call of its own, answered at once, whose voice URL is asked when the caller has been joined
 * with it. Twilio: voice/twiml/dial/application
 */
export async function dialApplication(
  live: LiveCall,
  running: Pick<RunningDocument, 'url' | 'interpreter'>,
  verb: Pick<DialVerb, 'callerId'>,
  noun: ApplicationNoun,
): Promise<NounOutcome> {
  const { context, call } = live;
  const found = await callable(live, noun);
  const outcome = found instanceof RequestError ? found.code : 'passed';
  noteNamed(live, APPLICATION_SID, noun.applicationSid, outcome);
  if (found instanceof RequestError) {
    await live.alerts.of(found);
    return { kind: 'not-answered', status: 'failed', callSid: undefined };
  }
  await warnOfUrl(live, noun);
  const row = await dialLeg(context.actions, call, {
    to: noun.copyParentTo ? call.to : found.sid,
    from: verb.callerId ?? call.from,
    application: found,
    ...(await callbackOf(live, running, noun, found)),
  });
  const child = new LiveCall(context, row);
  child.goAlone();
  try {
    const legs = await Leg.pair(context);
    if (legs === undefined) {
      const problem = 'no UDP port was free for its audio';
      await child.alerts.of(refusal('sipUnreachable', { to: row.to, peer: found.sid, problem }));
      await child.end('failed');
    } else if (await child.take(legs[0])) {
      const [, leg] = legs;
      const begin = (): void => {
        const { voiceUrl, voiceMethod } = found;
        const told = parametersOf(child, noun, call.accountSid);
        void running.interpreter.runCallFrom(child, voiceUrl, voiceMethod, told);
      };
      return { kind: 'answered', child, application: { leg, begin } };
    }
    return { kind: 'not-answered', status: child.call.status, callSid: row.sid };
  } catch (err) {
    // Nobody else knows of it.
    await child.end('failed');
    throw err;
  }
}

/** The application that is meant, or why it cannot be called. */
async function callable(
  live: LiveCall,
  { applicationSid: given }: ApplicationNoun,
): Promise<CallableApplication | RequestError> {
  const { actions } = live.context;
  const { accountSid, sid } = live.call;
  try {
    const application = await findApplication(
      actions.db,
      accountSid,
      requireSid(given, APPLICATION_SID, 'AP'),
    );
    if (application === undefined) return unknownApplication(given);
    if (!isCallable(application)) return silentApplication(given);
    if (chainOf(live) >= CHAIN_MAX) {
      return refusal('applicationChain', { given, sid, limit: CHAIN_MAX });
    }
    return application;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return withRelatedSids(actions.db, accountSid, error);
  }
}

/** How many calls have dialled each other down to this one. */
function chainOf({ context, call }: LiveCall): number {
  let length = 0;
  for (let sid = call.parentCallSid; sid !== null; length += 1) {
    sid = context.calls.get(sid)?.call.parentCallSid ?? null;
  }
  return length;
}

/** What the callee hears before the two are joined nobody would hear: both are of this server. */
async function warnOfUrl(live: LiveCall, { url }: ApplicationNoun): Promise<void> {
  if (url === undefined) return;
  const name = 'url of <Application>';
  const problem = 'Nobody is there to hear it before the caller. The application answers the call.';
  await live.alerts.raise({
    errorCode: catalogue.parameterWithoutEffect.code,
    level: 'warning',
    text: alertText('parameterWithoutEffect', { name, problem }),
  });
}

/** That of the noun; without one that of the application, which is told of the end. */
async function callbackOf(
  live: LiveCall,
  running: Pick<RunningDocument, 'url'>,
  noun: ApplicationNoun,
  { statusCallback, statusCallbackMethod }: Application,
) {
  const own = noun.statusCallback && (await resolveUrl(live, running, noun.statusCallback));
  return own === undefined
    ? { statusCallback, statusCallbackMethod, statusCallbackEvents: ['completed'] as const }
    : {
        statusCallback: own,
        statusCallbackMethod: noun.statusCallbackMethod,
        statusCallbackEvents: noun.statusCallbackEvents,
      };
}

/** What the document gave. No parameter takes the place of what every request tells. */
function parametersOf(
  child: LiveCall,
  { parameters, customerId }: ApplicationNoun,
  accountSid: string,
): Readonly<Record<string, string>> {
  const given = Object.fromEntries(parameters.map(({ name, value }) => [name, value]));
  return { ...given, CustomerId: customerId ?? accountSid, ...child.parameters() };
}
