import type { AudioSource } from '@tutti/media';
import type { DialVerb, QueueNoun } from '@tutti/twiml';
import { leaveQueue } from '../../actions/leave-queue.ts';
import { takeFromQueue, type TakenFromQueue } from '../../actions/take-from-queue.ts';
import { waitedSec } from '../../model/queue.ts';
import { DialRecorder } from '../dial-recorder.ts';
import type { RunningDocument } from '../interpreter.ts';
import { joinCalls } from '../join-calls.ts';
import type { LiveCall } from '../live-call.ts';
import type { QueuedCall } from '../queued-call.ts';
import type { QueueWatch } from '../queues.ts';
import { resolveUrl } from '../resolve-url.ts';
import { ringback } from '../ring-tones.ts';
import { runPrompts } from '../run-prompts.ts';

/** Somebody who is taken out of the queue. */
type Taken = Extract<TakenFromQueue, { kind: 'taken' }>;

/**
 * Joins the caller to who has waited longest, or to the first who comes within the timeout. Returns what the action is
 * told. Twilio: voice/twiml/queue
 */
export async function dialQueue(
  live: LiveCall,
  running: RunningDocument,
  verb: DialVerb,
  noun: QueueNoun,
): Promise<Readonly<Record<string, string>>> {
  if (!verb.answerOnBridge) await live.answer();
  const recorder = new DialRecorder(live, running, verb);
  if (verb.record.startsWith('record-from-ringing')) await recorder.start();
  const late = new AbortController();
  const ringing = new AbortController();
  const cancelTimeout = live.context.actions.clock.after(verb.timeoutSec * 1000, () =>
    late.abort(),
  );
  void live.leg?.media.play(ringback(verb.ringTone), {
    signal: AbortSignal.any([live.signal, ringing.signal]),
  });
  const stopWaiting = AbortSignal.any([live.signal, late.signal]);
  let result: Readonly<Record<string, string>> | undefined;
  try {
    while (result === undefined) {
      const next = await nextMember(live, noun.name, stopWaiting);
      if (next?.kind !== 'taken') {
        result = unreached(next);
      } else {
        result = await join(live, running, verb, noun, next, async () => {
          ringing.abort();
          if (verb.record !== 'do-not-record') await recorder.start();
        });
      }
    }
  } finally {
    cancelTimeout();
    ringing.abort();
  }
  return { ...(await recorder.stop()), ...result };
}

/** Whoever is first, now or by the time that `signal` aborts; undefined when the caller has left meanwhile. */
async function nextMember(
  live: LiveCall,
  name: string,
  signal: AbortSignal,
): Promise<TakenFromQueue | undefined> {
  const { actions, queues } = live.context;
  let watch: QueueWatch | undefined;
  try {
    for (;;) {
      if (live.signal.aborted) return undefined;
      const found = await takeFromQueue(actions, live.call, name);
      if (found.kind !== 'empty' || signal.aborted) return found;
      // Somebody may have come before we listened: the first round is for them.
      if (watch === undefined) watch = queues.watch(found.queue.sid);
      else await watch.news(signal);
    }
  } finally {
    watch?.close();
  }
}

function unreached(
  found: Exclude<TakenFromQueue, Taken> | undefined,
): Readonly<Record<string, string>> {
  const DialBridged = 'false';
  switch (found?.kind) {
    case undefined:
      return { DialCallStatus: 'canceled', DialBridged };
    case 'no-queue':
      return { DialCallStatus: 'failed', DialBridged, DequeueResult: 'queue-not-found' };
    case 'empty': {
      const { sid: QueueSid } = found.queue;
      return { DialCallStatus: 'no-answer', DialBridged, QueueSid, DequeueResult: 'queue-empty' };
    }
  }
}

/** Undefined when the two did not come to hear each other, and somebody else is to be taken. */
async function join(
  live: LiveCall,
  running: RunningDocument,
  verb: DialVerb,
  noun: QueueNoun,
  { queue, member }: Taken,
  onJoin: () => Promise<void>,
): Promise<Readonly<Record<string, string>> | undefined> {
  const { actions, queues } = live.context;
  const { clock } = actions;
  // It has left in this very moment, and its place goes with it.
  const queued = queues.find(member.callSid);
  if (queued === undefined) return undefined;
  const waited = waitedSec(member.dateEnqueued, clock.now());
  queued.take();
  let wasJoined = false;
  let startedMs = 0;
  try {
    await whisper(live, running, noun, queued, {
      QueueSid: queue.sid,
      QueueTime: String(waited),
      DequeingCallSid: live.call.sid,
    });
    const leg = await live.answer();
    // A whisper ends with its leg, before the call knows that it is over.
    const isGone = queued.live.signal.aborted || queued.leg.isClosed;
    if (leg === undefined || live.signal.aborted || isGone) return undefined;
    wasJoined = true;
    startedMs = clock.elapsedMs();
    // Without referUrl: who is referred to somebody else has waited for this one.
    const { timeLimitSec, hangupOnStar } = verb;
    const limits = { timeLimitSec, hangupOnStar };
    await joinCalls({ live, leg }, queued, limits, async () => {
      await leaveQueue(actions, member.callSid);
      await onJoin();
    });
  } finally {
    if (wasJoined) queued.bridged();
    else queued.returned();
  }
  const seconds = String(Math.round((clock.elapsedMs() - startedMs) / 1000));
  return {
    DialCallStatus: 'answered',
    DialCallSid: member.callSid,
    DialCallDuration: seconds,
    DialBridged: 'true',
    QueueSid: queue.sid,
    DequeueResult: 'bridged',
    DequeuedCallSid: member.callSid,
    DequeuedCallQueueTime: String(waited),
    DequeuedCallDuration: seconds,
  };
}

/** What the one who has waited hears first; what is wrong with it keeps nobody apart. Twilio: voice/twiml/queue#url */
async function whisper(
  live: LiveCall,
  running: RunningDocument,
  noun: QueueNoun,
  queued: QueuedCall,
  told: Readonly<Record<string, string>>,
): Promise<void> {
  const url = noun.url && (await resolveUrl(live, running, noun.url));
  if (url === undefined) return;
  const signal = AbortSignal.any([live.signal, queued.live.signal]);
  const play = (source: AudioSource): Promise<unknown> => queued.leg.media.play(source, { signal });
  await runPrompts(queued.live, {
    url,
    method: noun.method,
    parameters: async () => ({ ...queued.live.parameters(), ...told }),
    repeat: false,
    refused: 'queueWhisperVerb',
    play,
    press: (digits) => queued.leg.sendDigits(digits, signal),
    signal,
  });
}
