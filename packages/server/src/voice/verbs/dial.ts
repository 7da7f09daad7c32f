import type { DialVerb } from '@tutti/twiml';
import { refusal } from '../../base/app-error.ts';
import { sleep } from '../../base/clock.ts';
import { durationSec, type CallStatus } from '../../model/call.ts';
import { DialRecorder } from '../dial-recorder.ts';
import { dialNoun, type DialledApplication, type DialledNoun } from '../dial-noun.ts';
import { joinCalls, type Referred } from '../join-calls.ts';
import type { LiveCall } from '../live-call.ts';
import { endCall, failDocument, goOn, type Next } from '../next.ts';
import { noteNamed } from '../note-named.ts';
import { refuseElement } from '../refuse-element.ts';
import { resolveUrl } from '../resolve-url.ts';
import { withCallerId } from '../shown-number.ts';
import { ringback } from '../ring-tones.ts';
import { tellAction } from '../tell-action.ts';
import type { RunningDocument } from '../interpreter.ts';
import { dialConference } from './dial-conference.ts';
import { dialQueue } from './dial-queue.ts';

/** Twilio: errors 14219 */
const taskRouterQueue = { code: 14219, problem: 'with reservationSid needs TaskRouter' } as const;

/** Twilio: voice/twiml/dial; the first noun that answers is bridged, the others stop ringing. */
export async function runDial(
  live: LiveCall,
  running: RunningDocument,
  verb: DialVerb,
): Promise<Next> {
  if (live.isDialled) {
    await live.alerts.of(refusal('dialNested', { sid: live.call.sid }));
    return failDocument;
  }
  const [first] = verb.nouns;
  if (first?.noun === 'Conference') {
    return goOnWith(live, running, verb, await dialConference(live, running, verb, first));
  }
  if (first?.noun === 'Queue') {
    if (first.reservationSid !== undefined) {
      noteNamed(live, 'reservationSid of <Queue>', first.reservationSid, taskRouterQueue.code);
      return refuseElement(live, running, { ...taskRouterQueue, name: 'Dial><Queue' });
    }
    const result = await dialQueue(live, running, verb, first);
    if (live.isRinging) live.unreached = 'no-answer';
    return goOnWith(live, running, verb, result);
  }
  const nouns: DialledNoun[] = [];
  for (const noun of verb.nouns) {
    if (noun.noun === 'Unsupported') {
      return refuseElement(live, running, { ...noun, name: `Dial><${noun.name}` });
    }
    if (noun.noun === 'Conference' || noun.noun === 'Queue') {
      return refuseElement(live, running, { name: `Dial><${noun.noun}` });
    }
    nouns.push(noun);
  }
  if (!verb.answerOnBridge && (await live.answer()) === undefined) return goOn;

  const shown = await withCallerId(live, verb);
  const { told, next } = await dialAndBridge(live, running, shown, nouns);
  if (next !== undefined) return next;
  const { DialCallStatus: status } = told;
  // The caller still rings: unless the document does more, they hear that nobody was reached.
  if (live.isRinging)
    live.unreached = status === 'busy' || status === 'failed' ? status : 'no-answer';
  return goOnWith(live, running, verb, told);
}

/** Goes on with the action, which is told in any case. Twilio: voice/twiml/dial#action */
async function goOnWith(
  live: LiveCall,
  running: RunningDocument,
  verb: DialVerb,
  result: Readonly<Record<string, string>>,
): Promise<Next> {
  if (verb.action === undefined) return goOn;
  const url = await resolveUrl(live, running, verb.action);
  if (url === undefined) return failDocument;
  const action = { url, method: verb.method, parameters: result };
  if (!live.signal.aborted) return { kind: 'fetch', ...action };
  const { closing, track } = live.context;
  if (live.wasRedirected) {
    // The action that was interrupted is told, then the target is asked, and its document alone runs.
    await tellAction(live, action, AbortSignal.any([live.over.signal, closing]));
  } else {
    // The call is over, and its document has nobody to run for.
    track(live.ended.then(() => tellAction(live, action)));
  }
  return goOn;
}

/** What came of `<Dial>`. */
interface Dialled {
  /** What the action is told. */
  readonly told: Readonly<Record<string, string>>;
  /** What is done in place of the action. */
  readonly next?: Next | undefined;
}

async function dialAndBridge(
  live: LiveCall,
  running: RunningDocument,
  verb: DialVerb,
  nouns: readonly DialledNoun[],
): Promise<Dialled> {
  const ringing = new AbortController();
  const stopRinging = AbortSignal.any([live.signal, ringing.signal]);
  void live.leg?.media.play(ringback(verb.ringTone), { signal: stopRinging });
  const recorder = new DialRecorder(live, running, verb);
  if (verb.record.startsWith('record-from-ringing')) await recorder.start();
  const { child, application, status, callSid } = await firstAnswer(live, running, verb, nouns);
  ringing.abort();
  if (child === undefined) {
    const recorded = await recorder.stop();
    const told = {
      ...recorded,
      DialCallStatus: status,
      ...(callSid === undefined ? {} : { DialCallSid: callSid }),
      DialBridged: 'false',
    };
    return { told };
  }

  let bridged: Bridged;
  try {
    bridged = await bridge(live, running, { child, application }, verb, recorder);
  } catch (err) {
    await child.end('failed');
    throw err;
  }
  const ended = await child.refresh();
  const told = {
    ...(await recorder.stop()),
    DialCallStatus: 'completed',
    DialCallSid: child.call.sid,
    DialCallDuration: String(durationSec(ended) ?? 0),
    DialBridged: String(bridged.wasJoined),
  };
  return { told, next: bridged.next };
}

/** Dials the nouns at once, or one by one; the child that answered, or how the last one came out. */
async function firstAnswer(
  live: LiveCall,
  running: RunningDocument,
  verb: DialVerb,
  nouns: readonly DialledNoun[],
): Promise<DialResult> {
  let last: DialResult = { child: undefined, status: 'failed', callSid: undefined };
  if (verb.sequential) {
    for (const noun of nouns) {
      if (live.signal.aborted) break;
      const outcome = await dialNoun(live, running, verb, noun, live.signal);
      if (outcome.kind === 'answered') return answeredBy(outcome);
      last = { child: undefined, ...outcome };
    }
    return last;
  }
  const won = new AbortController();
  const signal = AbortSignal.any([live.signal, won.signal]);
  return new Promise((resolve, reject) => {
    const attempts = nouns.map(async (noun) => {
      const outcome = await dialNoun(live, running, verb, noun, signal);
      if (outcome.kind !== 'answered') {
        last = { child: undefined, ...outcome };
      } else if (won.signal.aborted) {
        await outcome.child.end('canceled');
      } else {
        won.abort();
        resolve(answeredBy(outcome));
      }
    });
    // The winner is not kept waiting for those that stop ringing.
    Promise.all(attempts).then(() => resolve(last), reject);
  });
}

interface DialResult {
  readonly child: LiveCall | undefined;
  readonly application?: DialledApplication | undefined;
  readonly status: CallStatus;
  /** Of the leg that was tried last. */
  readonly callSid: string | undefined;
}

function answeredBy({ child, application }: Answered): DialResult {
  return { child, application, status: 'in-progress', callSid: child.call.sid };
}

/** Who answered. */
interface Answered {
  readonly child: LiveCall;
  readonly application?: DialledApplication | undefined;
}

/** How it went with the child that answered. */
interface Bridged {
  /** False when the calling leg was gone before. */
  readonly wasJoined: boolean;
  /** What the caller does in place of the action. */
  readonly next?: Next | undefined;
}

/** Lets the two hear each other until one of them goes. */
async function bridge(
  live: LiveCall,
  running: RunningDocument,
  { child, application }: Answered,
  verb: DialVerb,
  recorder: DialRecorder,
): Promise<Bridged> {
  const parent = await live.answer();
  if (parent === undefined || child.leg === undefined || live.signal.aborted) {
    await child.end('completed');
    return { wasJoined: false };
  }
  const sides = [
    { live, leg: parent },
    // An application goes from one document to the next while the two hear each other.
    application === undefined
      ? { live: child, leg: child.leg }
      : { live: child, leg: application.leg, signal: child.over.signal },
  ] as const;
  const referred = await joinCalls(...sides, verb, async () => {
    if (verb.record !== 'do-not-record') await recorder.start();
    application?.begin();
  });
  if (referred !== undefined && application !== undefined) {
    // Whom the caller would be replaced by has nobody to talk to.
    await tell(live, referred, 603, 'Decline');
    await child.end('completed');
    return { wasJoined: true };
  }
  if (referred !== undefined) {
    return { wasJoined: true, next: await refer(live, running, child, verb, referred) };
  }
  // A child that was redirected lives on by itself; any other ends with the bridge.
  if (application === undefined && child.wasRedirected) {
    child.goAlone();
    void running.interpreter.runCall(child);
  } else {
    await child.end('completed');
  }
  return { wasJoined: true };
}

/**
 * One of the two has sent REFER: it is let go, and the other one runs the document of referUrl.
 * Twilio: voice/api/refer-to-twilio
 */
async function refer(
  live: LiveCall,
  running: RunningDocument,
  child: LiveCall,
  { referUrl, referMethod: method }: DialVerb,
  referred: Referred,
): Promise<Next> {
  const { by, target } = referred;
  const url = await resolveUrl(live, running, referUrl);
  const parameters = {
    ReferTransferTarget: target,
    ReferCallSid: by.live.call.sid,
  };
  if (url === undefined) {
    await tell(live, referred, 500, 'Server Internal Error');
    await child.end('completed');
    return failDocument;
  }
  await tell(live, referred, 200, 'OK');
  if (by.live === child) {
    await child.end('completed');
    return { kind: 'fetch', url, method, parameters };
  }
  child.goAlone();
  void running.interpreter.runCallFrom(child, url, method, parameters);
  return endCall;
}

/** How long a peer that is hung up on afterwards is waited for. */
const NOTIFY_MS = 2000;

/** Tells who sent REFER what came of it, and waits until it has been heard. */
async function tell(
  { context }: LiveCall,
  { notify }: Referred,
  status: number,
  reason: string,
): Promise<void> {
  const heard = new AbortController();
  void notify(status, reason).then(() => heard.abort());
  await sleep(context.actions.clock, NOTIFY_MS, heard.signal);
}
