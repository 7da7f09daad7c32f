import type { Sid } from '@tutti/ids';
import type { ApplicationNoun, ClientNoun, DialVerb, NumberNoun, SipNoun } from '@tutti/twiml';
import { dialLeg } from '../actions/dial-leg.ts';
import type { MachineDetection } from '../model/machine-detection.ts';
import { detectAnswer } from './detect-answer.ts';
import { dialApplication } from './dial-application.ts';
import type { Leg } from './leg.ts';
import type { CallStatus } from '../model/call.ts';
import { LiveCall } from './live-call.ts';
import { resolveUrl } from './resolve-url.ts';
import { routeTo, type Route } from './route.ts';
import type { RunningDocument } from './interpreter.ts';

/** Somebody with a phone. */
type PhoneNoun = NumberNoun | SipNoun | ClientNoun;

export type DialledNoun = PhoneNoun | ApplicationNoun;

export type NounOutcome =
  | {
      readonly kind: 'answered';
      readonly child: LiveCall;
      readonly application?: DialledApplication;
    }
  | {
      readonly kind: 'not-answered';
      readonly status: CallStatus;
      /** Undefined: nobody was called. */
      readonly callSid: Sid<'CA'> | undefined;
    };

/** A child that runs documents of its own, of which the caller is the peer. */
export interface DialledApplication {
  /** What the caller is joined with. */
  readonly leg: Leg;
  /** Asks its voice URL. */
  begin(): void;
}

/** Dials one noun of `<Dial>` and, when it has a url, runs that document on the callee before bridging. */
export async function dialNoun(
  live: LiveCall,
  running: RunningDocument,
  verb: DialVerb,
  noun: DialledNoun,
  signal: AbortSignal,
): Promise<NounOutcome> {
  if (noun.noun === 'Application') return dialApplication(live, running, verb, noun);
  const { context, call } = live;
  const to = addressOf(noun);
  const callback = noun.statusCallback && (await resolveUrl(live, running, noun.statusCallback));
  const row = await dialLeg(context.actions, call, {
    to,
    from: verb.callerId ?? call.from,
    statusCallback: callback ?? null,
    statusCallbackMethod: noun.statusCallbackMethod,
    statusCallbackEvents: noun.statusCallbackEvents,
    callReason: verb.callReason,
    machineDetection: await machineDetectionOf(live, running, noun),
  });
  const child = new LiveCall(context, row);
  try {
    return await reach(live, running, verb, noun, child, signal);
  } catch (err) {
    // Nobody else knows of it.
    await child.end('failed');
    throw err;
  }
}

/** The two are joined meanwhile. Twilio: voice/twiml/number#machinedetection */
async function machineDetectionOf(
  live: LiveCall,
  running: RunningDocument,
  noun: PhoneNoun,
): Promise<MachineDetection | undefined> {
  if (noun.noun === 'Client' || noun.machineDetection === undefined) return undefined;
  const { mode, timeoutSec, statusCallback, ...thresholds } = noun.machineDetection;
  return {
    ...thresholds,
    untilMessageEnd: mode === 'DetectMessageEnd',
    timeoutMs: timeoutSec * 1000,
    isAsync: true,
    statusCallback: (statusCallback && (await resolveUrl(live, running, statusCallback))) ?? null,
  };
}

async function reach(
  live: LiveCall,
  running: RunningDocument,
  verb: DialVerb,
  noun: PhoneNoun,
  child: LiveCall,
  signal: AbortSignal,
): Promise<NounOutcome> {
  const { accountSid, to, sid: callSid } = child.call;
  const routed = await routeTo(live.context, accountSid, to);
  if (!routed.ok) {
    await child.alerts.of(routed.error);
    await child.end('failed');
    return { kind: 'not-answered', status: 'failed', callSid };
  }
  if (await child.dial(withNoun(routed.route, noun), verb.timeoutSec, signal)) {
    await detectAnswer(child);
    await prepare(live, running, child, noun, signal);
    if (!child.over.signal.aborted) return { kind: 'answered', child };
  }
  await child.ended;
  const { startTime, status } = await child.refresh();
  // Who answered, and hung up before the two could hear each other, was not reached.
  return { kind: 'not-answered', status: startTime === null ? status : 'no-answer', callSid };
}

/** What the callee gets before the two hear each other; the callee is let go when it is not wanted any more. */
async function prepare(
  live: LiveCall,
  running: RunningDocument,
  child: LiveCall,
  noun: PhoneNoun,
  signal: AbortSignal,
): Promise<void> {
  const letGo = (): void => void child.end('completed');
  if (signal.aborted) letGo();
  signal.addEventListener('abort', letGo, { once: true });
  if (noun.noun === 'Number' && noun.sendDigits !== undefined) {
    await child.sendDigits(noun.sendDigits);
  }
  if (noun.url !== undefined) await whisper(live, running, child, noun);
  signal.removeEventListener('abort', letGo);
}

function addressOf(noun: PhoneNoun): string {
  if (noun.noun === 'Client') return `client:${noun.identity}`;
  return noun.noun === 'Number' ? dialledNumber(noun.number) : noun.uri;
}

/** In E.164 where it can be told: of the North American plan the country may be left out. */
export function dialledNumber(written: string): string {
  const digits = written.replaceAll(/[ ().-]/g, '');
  const national = /^1?([2-9]\d{9})$/.exec(digits)?.[1];
  return national === undefined ? digits : `+1${national}`;
}

/** Twilio: voice/twiml/number#url; the callee who hangs up, or is hung up on, is not bridged. */
async function whisper(
  live: LiveCall,
  running: RunningDocument,
  child: LiveCall,
  noun: PhoneNoun,
): Promise<void> {
  const url = await resolveUrl(live, running, noun.url);
  if (url === undefined) return;
  await running.interpreter.runDocumentAt(child, url, noun.method);
}

function withNoun(route: Route, noun: PhoneNoun): Route {
  if (noun.noun === 'Number') return route;
  const headers = { ...route.headers };
  if (noun.noun === 'Client') {
    // A SIP phone is told parameters as <Sip> is: a name that can be no header is not sent.
    for (const { name, value } of noun.parameters) {
      if (/^[A-Za-z0-9-]+$/.test(name)) headers[`X-${name}`] = value.replaceAll(/[\r\n]/g, ' ');
    }
    return { ...route, headers };
  }
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
