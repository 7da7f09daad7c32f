import type { DialVerb, NumberNoun, SipNoun } from '@tutti/twiml';
import { dialLeg } from '../actions/dial-leg.ts';
import type { CallStatus } from '../model/call.ts';
import { LiveCall } from './live-call.ts';
import { resolveUrl } from './resolve-url.ts';
import { routeTo, type Route } from './route.ts';
import type { RunningDocument } from './interpreter.ts';

export type DialledNoun = NumberNoun | SipNoun;

export type NounOutcome =
  | { readonly kind: 'answered'; readonly child: LiveCall }
  | { readonly kind: 'not-answered'; readonly status: CallStatus };

/** Dials one noun of `<Dial>` and, when it has a url, runs that document on the callee before bridging. */
export async function dialNoun(
  live: LiveCall,
  running: RunningDocument,
  verb: DialVerb,
  noun: DialledNoun,
  signal: AbortSignal,
): Promise<NounOutcome> {
  const { context, call } = live;
  const to = noun.noun === 'Number' ? noun.number : noun.uri;
  const callback = noun.statusCallback && (await resolveUrl(live, running, noun.statusCallback));
  const row = await dialLeg(context.actions, call, {
    to,
    from: verb.callerId ?? call.from,
    statusCallback: callback ?? null,
    statusCallbackMethod: noun.statusCallbackMethod,
    statusCallbackEvents: noun.statusCallbackEvents,
  });
  const child = new LiveCall(context, row);
  const routed = routeTo(context, call.accountSid, to);
  if (!routed.ok) {
    await child.alertOf(routed.error);
    await child.end('failed');
    return { kind: 'not-answered', status: 'failed' };
  }
  if (!(await child.dial(withNoun(routed.route, noun), verb.timeoutSec, signal))) {
    return { kind: 'not-answered', status: (await child.refresh()).status };
  }
  if (noun.noun === 'Number' && noun.sendDigits !== undefined) {
    await child.leg?.media.sendDtmf(noun.sendDigits, { signal: child.over.signal });
  }
  if (noun.url !== undefined) await whisper(live, running, child, noun);
  if (child.over.signal.aborted) return { kind: 'not-answered', status: 'no-answer' };
  return { kind: 'answered', child };
}

/** Twilio: voice/twiml/number#url; the callee who hangs up, or is hung up on, is not bridged. */
async function whisper(
  live: LiveCall,
  running: RunningDocument,
  child: LiveCall,
  noun: DialledNoun,
): Promise<void> {
  const url = await resolveUrl(live, running, noun.url);
  if (url === undefined) return;
  await running.interpreter.runDocumentAt(child, url, noun.method);
}

function withNoun(route: Route, noun: DialledNoun): Route {
  if (noun.noun !== 'Sip') return route;
  const headers = { ...route.headers };
  for (const { name, value } of noun.headers) headers[name] = value.replaceAll(/[\r\n]/g, ' ');
  const { username, password } = noun;
  return {
    ...route,
    headers,
    ...(username === undefined || password === undefined
      ? {}
      : { credentials: { username, password } }),
  };
}
