import { readTwiml } from '../callback/read-twiml.ts';
import { samplesSource, loadAudio } from '@tutti/media';
import { refusal } from '../base/app-error.ts';
import { fetchTwiml } from '../callback/fetch-twiml.ts';
import { shownUrl } from '../callback/target.ts';
import type { Call } from '../model/call.ts';
import type { HttpMethod } from '../model/voice-urls.ts';
import { findApplication } from '../store/applications.ts';
import { findConductor } from '../store/conductors.ts';
import type { Interpreter, RunningDocument } from './interpreter.ts';
import type { LiveCall } from './live-call.ts';
import { noteUnread } from './note-named.ts';
import { runVerb } from './run-verb.ts';
import { speak } from './verbs/say.ts';
import { joinBridge } from './verbs/connect.ts';

/** Documents in a row that neither say nor wait for anything before the call is given up. */
const IDLE_DOCUMENTS_MAX = 20;
/** A document whose verbs took less said nothing and waited for nothing. */
const IDLE_VERBS_MS = 200;
/** Who lets us wait longer for a document is not running in circles. */
const IDLE_FETCH_MS = 2000;

/** What a call is to do next. */
type Instructions =
  | {
      readonly kind: 'url';
      readonly url: string;
      readonly method: HttpMethod;
      readonly fallbackUrl: string | null;
      readonly fallbackMethod: HttpMethod;
      readonly parameters: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'twiml'; readonly twiml: string }
  | { readonly kind: 'bridge' };

/** The interpreter of TwiML. Twilio: voice/twiml */
export const interpreter: Interpreter = {
  runCall: (live) => runToEnd(live, () => runInstructions(live)),
  runCallFrom: (live, url, method, parameters) =>
    runToEnd(live, () => runFrom(live, fetchOf(live.call, url, method, parameters))),
  runDocumentAt: (live, url, method) => runFrom(live, fetchOf(live.call, url, method)),
};

/** Runs what `run` runs, then ends the call. Never rejects. */
async function runToEnd(live: LiveCall, run: () => Promise<void>): Promise<void> {
  try {
    await run();
    if (live.isRinging && live.unreached !== undefined) live.refuse(live.unreached);
    // An empty document still answers: the caller hears that somebody was there.
    if (!live.over.signal.aborted) await live.answer();
    if (!live.over.signal.aborted) await live.leg?.heard();
  } catch (err) {
    live.context.log.error({ err, callSid: live.call.sid }, 'call failed');
  }
  await live.end('completed');
}

/** Runs what the call is for, then what each document leads to, until there is nothing more or the call is over. */
async function runInstructions(live: LiveCall): Promise<void> {
  const sent = live.takeRedirect();
  await runFrom(live, await (sent === undefined ? ownInstructions(live) : redirected(live, sent)));
}

async function runFrom(live: LiveCall, first: Instructions | undefined): Promise<void> {
  let instructions = first;
  let idle = 0;
  while (instructions !== undefined && !live.over.signal.aborted) {
    live.openDocument();
    const { next, isIdle } = await runOne(live, instructions);
    instructions = next;
    const redirect = live.takeRedirect();
    if (redirect !== undefined) {
      instructions = await redirected(live, redirect);
      idle = 0;
      continue;
    }
    idle = isIdle ? idle + 1 : 0;
    if (idle >= IDLE_DOCUMENTS_MAX && instructions?.kind === 'url') {
      const url = shownUrl(instructions.url);
      await live.alerts.of(
        refusal('redirectLoop', { sid: live.call.sid, limit: IDLE_DOCUMENTS_MAX, url }),
      );
      await tellError(live);
      return;
    }
  }
}

/** The call's Url or Twiml; else what its Conductor's application says; else the Conductor's bridge. */
async function ownInstructions(live: LiveCall): Promise<Instructions | undefined> {
  if (!(await live.stillStands())) return undefined;
  const { call } = live;
  if (call.url !== null) return fetchOf(call, call.url, call.method);
  if (call.twiml !== null) return { kind: 'twiml', twiml: call.twiml };
  return conductorInstructions(live, call);
}

async function conductorInstructions(
  live: LiveCall,
  call: Omit<Call, 'seq'>,
): Promise<Instructions | undefined> {
  if (call.conductorSid === null) return undefined;
  const { db } = live.context.actions;
  const conductor = await findConductor(db, call.accountSid, call.conductorSid);
  const application =
    conductor?.applicationSid == null
      ? undefined
      : await findApplication(db, call.accountSid, conductor.applicationSid);
  if (application?.voiceUrl == null) return { kind: 'bridge' };
  return {
    kind: 'url',
    url: application.voiceUrl,
    method: application.voiceMethod,
    fallbackUrl: application.voiceFallbackUrl,
    fallbackMethod: application.voiceFallbackMethod,
    parameters: { ApplicationSid: application.sid },
  };
}

async function redirected(
  live: LiveCall,
  redirect: {
    readonly url: string | null;
    readonly method: HttpMethod;
    readonly twiml: string | null;
  },
): Promise<Instructions | undefined> {
  const call = await live.refresh();
  if (redirect.url !== null) return fetchOf(call, redirect.url, redirect.method);
  if (redirect.twiml !== null) return { kind: 'twiml', twiml: redirect.twiml };
  return conductorInstructions(live, call);
}

function fetchOf(
  call: Omit<Call, 'seq'>,
  url: string,
  method: HttpMethod,
  parameters: Readonly<Record<string, string>> = {},
): Instructions {
  const { fallbackUrl, fallbackMethod } = call;
  return { kind: 'url', url, method, fallbackUrl, fallbackMethod, parameters };
}

async function runOne(
  live: LiveCall,
  instructions: Instructions,
): Promise<{ readonly next: Instructions | undefined; readonly isIdle: boolean }> {
  if (instructions.kind === 'bridge') {
    await joinBridge(live);
    return { next: undefined, isIdle: false };
  }
  const { clock } = live.context.actions;
  const startedAt = clock.elapsedMs();
  const running = await load(live, instructions);
  const loadedAt = clock.elapsedMs();
  const next = running && (await runVerbs(live, running));
  const isIdle =
    loadedAt - startedAt < IDLE_FETCH_MS && clock.elapsedMs() - loadedAt < IDLE_VERBS_MS;
  return { next, isIdle };
}

/** Runs the verbs from top to bottom; what the last of them leads to. */
async function runVerbs(
  live: LiveCall,
  running: RunningDocument,
): Promise<Instructions | undefined> {
  for (const verb of running.document.verbs) {
    if (live.signal.aborted) return undefined;
    const next = await runVerb(live, running, verb);
    // Somebody redirected the call meanwhile, or it is over: what this document would do next does not count.
    if (live.signal.aborted) return undefined;
    switch (next.kind) {
      case 'continue':
        break;
      case 'fetch':
        return fetchOf(live.call, next.url, next.method, next.parameters);
      case 'end':
        await live.answer();
        await live.end('completed');
        return undefined;
      case 'fail':
        await tellError(live);
        return undefined;
    }
  }
  return undefined;
}

/** Fetches or reads the document; undefined when there is none to run, and the caller has been told. */
async function load(
  live: LiveCall,
  instructions: Exclude<Instructions, { kind: 'bridge' }>,
): Promise<RunningDocument | undefined> {
  if (instructions.kind === 'twiml') {
    const parsed = readTwiml(instructions.twiml);
    if (!parsed.ok) {
      const { code, message } = parsed.error;
      await live.alerts.raise({
        errorCode: code,
        level: 'error',
        text: `Twiml parameter: ${message}`,
      });
      await tellError(live);
      return undefined;
    }
    for (const { code, message } of parsed.value.warnings) {
      await live.alerts.raise({
        errorCode: code,
        level: 'warning',
        text: `Twiml parameter: ${message}`,
      });
    }
    noteUnread(live, parsed.value);
    return { document: parsed.value, url: undefined, method: 'POST', interpreter };
  }
  const { actions } = live.context;
  const askedAt = actions.clock.elapsedMs();
  const answer = await fetchTwiml(actions.sender, {
    url: instructions.url,
    method: instructions.method,
    fallbackUrl: instructions.fallbackUrl ?? '',
    fallbackMethod: instructions.fallbackMethod,
    parameters: { ...live.parameters(), ...instructions.parameters },
    authToken: await live.authToken(),
    idempotencyToken: () => actions.ids.uuid(),
    cookies: live.cookies,
    signal: live.signal,
  });
  const seconds = (actions.clock.elapsedMs() - askedAt) / 1000;
  if (answer.ok || !live.signal.aborted) {
    actions.metrics.twimlDuration.with(answer.ok ? 'ok' : 'failed').observe(seconds);
  }
  await live.alerts.ofFetch(answer.alerts);
  if (live.signal.aborted) return undefined;
  if (!answer.ok) {
    await tellError(live);
    return undefined;
  }
  if (answer.kind === 'audio') {
    await playOnly(live, answer.body, answer.contentType, answer.url);
    return undefined;
  }
  const { document, url, method } = answer;
  noteUnread(live, document);
  return { document, url, method, interpreter };
}

/** An answer that is a sound is played, then the call ends. Twilio: voice/twiml#mime-types */
async function playOnly(
  live: LiveCall,
  body: Buffer,
  contentType: string,
  url: string,
): Promise<void> {
  const decoded = await loadAudio(body, contentType);
  if (!decoded.ok) {
    await live.alerts.of(
      refusal('playContentType', { url: shownUrl(url), problem: decoded.error.message }),
    );
    await tellError(live);
    return;
  }
  const leg = await live.answer();
  await leg?.media.play(samplesSource(decoded.value.samples), { signal: live.signal });
}

/** Lets the caller hear that something is wrong, then hangs up; an unanswered call is refused instead. */
async function tellError(live: LiveCall): Promise<void> {
  if (live.isRinging) {
    live.refuse('failed');
    return;
  }
  await speak(live, {
    verb: 'Say',
    text: 'We are sorry, an application error has occurred. Goodbye.',
    language: 'en-US',
    loop: 1,
  });
  // Who redirected the call meanwhile has better instructions.
  if (!live.signal.aborted) await live.end('completed');
}
