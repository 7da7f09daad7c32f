import type { AudioSource } from '@tutti/media';
import type { EnqueueVerb, Verb } from '@tutti/twiml';
import { enqueueCall, type Enqueued } from '../../actions/enqueue-call.ts';
import { leaveQueue } from '../../actions/leave-queue.ts';
import { returnToQueue } from '../../actions/return-to-queue.ts';
import { refusal, RequestError } from '../../base/app-error.ts';
import type { Instant } from '../../base/clock.ts';
import { shownUrl } from '../../callback/target.ts';
import { averageWaitSec, waitedSec } from '../../model/queue.ts';
import { findQueueMember, mapQueueCrowds, queuePosition } from '../../store/queue-members.ts';
import { findQueue } from '../../store/queues.ts';
import { aborted } from '../aborted.ts';
import { holdMusic } from '../hold-music.ts';
import type { RunningDocument } from '../interpreter.ts';
import type { LiveCall } from '../live-call.ts';
import { endCall, failDocument, goOn, type Next } from '../next.ts';
import { noteNamed } from '../note-named.ts';
import type { QueuedCall } from '../queued-call.ts';
import { refuseElement } from '../refuse-element.ts';
import { resolveUrl } from '../resolve-url.ts';
import { runPrompts } from '../run-prompts.ts';
import { tellAction } from '../tell-action.ts';
import { runGather } from './gather.ts';

/** Twilio: voice/twiml/enqueue#queueresult */
type QueueResult =
  | 'bridged'
  | 'error'
  | 'hangup'
  | 'leave'
  | 'queue-full'
  | 'redirected'
  | 'redirected-from-bridged';

/** How a call came out of a queue; without `enqueued` it was never in one. */
interface Left {
  readonly result: QueueResult;
  readonly enqueued?: Enqueued;
  /** When it left. */
  readonly at: Instant;
}

/** Twilio: voice/twiml/enqueue */
export async function runEnqueue(
  live: LiveCall,
  running: RunningDocument,
  verb: EnqueueVerb,
): Promise<Next> {
  if (verb.workflowSid !== undefined || verb.queue === undefined) {
    const problem = 'with workflowSid needs TaskRouter';
    if (verb.workflowSid !== undefined) {
      noteNamed(live, 'workflowSid of <Enqueue>', verb.workflowSid, 14226);
    }
    return refuseElement(live, running, { name: 'Enqueue', code: 14226, problem });
  }
  if ((await live.answer()) === undefined) return goOn;
  const left = await passThrough(live, running, verb, verb.queue);
  return left === undefined ? goOn : goOnAfter(live, running, verb, left);
}

/** Twilio: voice/twiml/leave; what leaves a queue is in the document of its waitUrl. */
export async function runLeave(live: LiveCall, { url }: RunningDocument): Promise<Next> {
  const problem = '<Leave> has no effect, as the call waits in no queue here.';
  const shown = url === undefined ? 'Twiml parameter' : shownUrl(url);
  await live.alerts.of(refusal('twimlWarning', { url: shown, problem }));
  return goOn;
}

/** Into the queue and out of it; undefined when the call was over before. */
async function passThrough(
  live: LiveCall,
  running: RunningDocument,
  verb: EnqueueVerb,
  name: string,
): Promise<Left | undefined> {
  const { context, leg } = live;
  const { actions, queues } = context;
  if (leg === undefined) return undefined;
  // Before its row is there, as it may be taken in that very moment.
  const queued = queues.add(live, leg);
  try {
    const enqueued = await enqueueCall(actions, live.call, name, verb.maxQueueSize);
    if (enqueued === undefined) return undefined;
    return { ...(await stay(live, running, verb, queued, enqueued)), enqueued };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    await live.alerts.of(error);
    return { result: 'queue-full', at: actions.clock.now() };
  } finally {
    queues.remove(queued);
  }
}

/** Waits until somebody was joined to it and is gone again, or it leaves otherwise; it has no place in the queue then. */
async function stay(
  live: LiveCall,
  running: RunningDocument,
  verb: EnqueueVerb,
  queued: QueuedCall,
  enqueued: Enqueued,
): Promise<Pick<Left, 'result' | 'at'>> {
  const { actions } = live.context;
  for (;;) {
    const { turn } = queued;
    const wanted = await wait(queued, running, verb, enqueued, turn.taken);
    const leaves = wanted !== undefined || live.signal.aborted;
    if (leaves) await leaveQueue(actions, live.call.sid);
    // Also while it was leaving, when who took it was first.
    if (turn.taken.aborted) {
      if ((await turn.outcome) === 'bridged') {
        const result = live.wasRedirected ? 'redirected-from-bridged' : 'bridged';
        return { result, at: turn.takenAt };
      }
      if (!leaves && !live.signal.aborted) await returnToQueue(actions, enqueued.member);
    }
    if (leaves) return { result: wanted ?? whyLeft(live), at: actions.clock.now() };
  }
}

/** Of a call that has left its document. */
function whyLeft(live: LiveCall): QueueResult {
  return live.wasRedirected ? 'redirected' : 'hangup';
}

/** Hears what those who wait hear; why it wants to leave by itself, or undefined when it was taken or its document left. */
async function wait(
  { live, leg }: QueuedCall,
  running: RunningDocument,
  { waitUrl, waitUrlMethod: method }: EnqueueVerb,
  enqueued: Enqueued,
  taken: AbortSignal,
): Promise<'leave' | 'hangup' | 'error' | undefined> {
  const own = new AbortController();
  let wanted: 'leave' | 'hangup' | undefined;
  const leave = (why: 'leave' | 'hangup'): Next => {
    wanted = why;
    own.abort();
    return goOn;
  };
  const signal = AbortSignal.any([live.signal, taken, own.signal]);
  const play = (source: AudioSource): Promise<unknown> => leg.media.play(source, { signal });
  const runOther = async (verb: Verb, url: string): Promise<Next | undefined> => {
    if (verb.verb === 'Gather') return runGather(live, { url }, verb, signal);
    if (verb.verb === 'Leave') return leave('leave');
    return verb.verb === 'Hangup' ? leave('hangup') : undefined;
  };
  if (waitUrl === undefined) {
    await play(holdMusic());
  } else if (waitUrl !== '') {
    const url = await resolveUrl(live, running, waitUrl);
    const problem =
      url === undefined ||
      (await runPrompts(live, {
        url,
        method,
        parameters: () => waitParameters(live, enqueued),
        repeat: true,
        again: true,
        runOther,
        refused: 'queueWaitVerb',
        play,
        press: (digits) => leg.sendDigits(digits, signal),
        signal,
      }));
    if (problem !== undefined && !signal.aborted) return 'error';
  }
  await aborted(signal);
  return wanted;
}

/** Twilio: voice/twiml/enqueue#waiturl */
async function waitParameters(
  live: LiveCall,
  { queue, member }: Enqueued,
): Promise<Record<string, string>> {
  const { db, clock } = live.context.actions;
  const { sid, accountSid } = queue;
  const now = clock.now();
  const own = await findQueueMember(db, sid, member.callSid);
  const crowd = (await mapQueueCrowds(db, [sid])).get(sid);
  const { maxSize } = (await findQueue(db, accountSid, sid)) ?? queue;
  return {
    ...live.parameters(),
    QueueSid: sid,
    QueuePosition: String(own === undefined ? 1 : await queuePosition(db, own)),
    QueueTime: String(waitedSec(member.dateEnqueued, now)),
    AvgQueueTime: String(averageWaitSec(crowd, now)),
    CurrentQueueSize: String(crowd?.size ?? 0),
    MaxQueueSize: String(maxSize),
  };
}

/** Tells the action, whose document is next if the call is there for it. Twilio: voice/twiml/enqueue#action */
async function goOnAfter(
  live: LiveCall,
  running: RunningDocument,
  verb: EnqueueVerb,
  { result, enqueued, at }: Left,
): Promise<Next> {
  const isLeft = live.signal.aborted;
  const otherwise = result === 'hangup' ? endCall : goOn;
  if (verb.action === undefined) return otherwise;
  const url = await resolveUrl(live, running, verb.action);
  if (url === undefined) return isLeft ? otherwise : failDocument;
  const parameters = {
    QueueResult: result,
    ...(enqueued === undefined
      ? {}
      : {
          QueueSid: enqueued.queue.sid,
          QueueTime: String(waitedSec(enqueued.member.dateEnqueued, at)),
        }),
  };
  const action = { url, method: verb.method, parameters };
  if (!isLeft && result !== 'hangup') return { kind: 'fetch', ...action };
  // It is told, and its document not run: the call ends, or what it was sent to is next.
  await tellAction(live, action);
  return otherwise;
}
