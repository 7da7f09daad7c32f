import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import type { CallMedia } from '../model/call-media.ts';
import { isLive, mayBecome, progressEvent, type Call, type CallStatus } from '../model/call.ts';
import { isUnfinished } from '../model/recording.ts';
import { afterCommit } from '../store/after-commit.ts';
import { lockCall, updateCall } from '../store/calls.ts';
import { lockConductor } from '../store/conductors.ts';
import { listOpenMediaStreams } from '../store/media-streams.ts';
import { deleteQueueMember } from '../store/queue-members.ts';
import { findRecordingOfWholeCall } from '../store/recordings.ts';
import type { Tx } from '../store/transact.ts';
import { notify } from './announce.ts';
import { announceBoundCall, announceProgress } from './announce-call.ts';
import type { ActionContext } from './context.ts';
import { markConductorActive, markConductorReady } from './mark-conductor.ts';
import { removeFromConference } from './remove-from-conference.ts';
import { recordFromAnswer } from './start-recording.ts';
import { endStreamInside } from './stop-stream.ts';

type Needs = Pick<ActionContext, 'ids' | 'clock' | 'metrics' | 'ledger'>;

export interface CallProgress {
  readonly status: CallStatus;
  readonly sipResponseCode?: number | undefined;
  /** When it came to that; now, unless given. */
  readonly at?: Instant | undefined;
  /** With the end of a call that was answered. */
  readonly media?: CallMedia | undefined;
}

/**
 * Moves a call to its next status and tells who asked to hear. Returns the call, or undefined when it may not go
 * there: it has ended, and what was first decided stands.
 */
export async function recordCallProgress(
  context: ActionContext,
  callSid: Sid<'CA'>,
  progress: CallProgress,
): Promise<Call | undefined> {
  return context.transact(async (tx) => {
    const call = await lockCall(tx, callSid);
    if (call === undefined) return undefined;
    const status = isLive(progress) ? progress.status : ending(call, progress.status);
    if (!mayBecome(call.status, status)) return undefined;
    return moveCall(tx, context, call, { ...progress, status });
  });
}

/** What was answered ends completed however it ends, and what was not cannot. */
function ending(call: Pick<Call, 'status'>, wanted: CallStatus): CallStatus {
  if (call.status === 'in-progress') return wanted === 'failed' ? 'failed' : 'completed';
  return wanted === 'completed' ? 'canceled' : wanted;
}

/** As `recordCallProgress`, inside a transaction under way, for a move known to be legal. */
export async function moveCall(
  tx: Tx,
  context: Needs,
  call: Call,
  { status, sipResponseCode, at, media }: CallProgress,
): Promise<Call> {
  const now = context.clock.now();
  const ends = progressEvent(status) === 'completed';
  const moved: Call = {
    ...call,
    status,
    startTime: status === 'in-progress' ? (at ?? now) : call.startTime,
    // The machine's clock may have been set back meanwhile; no call ends before its answer.
    endTime: ends ? Math.max(at ?? now, call.startTime ?? 0) : null,
    // Nobody will be asked to prove anything with it any more.
    sipAuthPassword: ends ? null : call.sipAuthPassword,
    sipResponseCode: sipResponseCode ?? call.sipResponseCode,
    media: media === undefined ? call.media : JSON.stringify(media),
    dateUpdated: now,
  };
  if (status === 'in-progress') await recordFromAnswer(tx, context, moved);
  if (ends) {
    for (const stream of await listOpenMediaStreams(tx, call.sid)) {
      await endStreamInside(tx, context, stream.sid);
    }
  }
  const nextSequenceNumber = await announceMove(tx, context, moved);
  const { startTime, endTime, sipAuthPassword } = moved;
  await updateCall(tx, call.sid, {
    status,
    startTime,
    endTime,
    sipAuthPassword,
    sipResponseCode: moved.sipResponseCode,
    media: moved.media,
    nextSequenceNumber,
    dateUpdated: now,
  });
  await announceBoundCall(tx, context, moved, 'onCallUpdated');
  if (ends) {
    afterCommit(tx, () => context.metrics.calls.with(call.direction, status).inc());
    await announceBoundCall(tx, context, moved, 'onCallRemoved');
    await deleteQueueMember(tx, call.sid);
    const leaving = { reason: 'participant_hung_up', callStatus: status } as const;
    await endCalls(tx, context, await removeFromConference(tx, context, call.sid, leaving));
  }

  const conductor =
    call.conductorSid === null
      ? undefined
      : await lockConductor(tx, call.accountSid, call.conductorSid);
  if (conductor !== undefined && status === 'in-progress') {
    await markConductorActive(tx, context, conductor);
  }
  if (conductor !== undefined && ends) await markConductorReady(tx, context, conductor);
  return { ...moved, nextSequenceNumber };
}

/** Tells of it; the end of a call whose recording is still being completed is told with that. */
async function announceMove(tx: Tx, context: Needs, call: Call): Promise<number> {
  const event = progressEvent(call.status);
  const isRecorded = event === 'completed' && call.recording !== null;
  const recorded = isRecorded ? await findRecordingOfWholeCall(tx, call.sid) : undefined;
  if (recorded !== undefined && isUnfinished(recorded)) return call.nextSequenceNumber;
  return announceProgress(tx, context, call, event, recorded);
}

/**
 * Ends a call the caller has locked: its row first, so that a door that has no such call yet finds it ended, then by
 * an order to the door that has. Twilio: voice/api/call-resource#update-a-call-resource; canceled leaves an answered
 * call alone.
 */
export async function endCall(
  tx: Tx,
  context: Needs,
  call: Call,
  status: 'canceled' | 'completed',
): Promise<Call> {
  if (!isLive(call)) return call;
  if (status === 'canceled' && call.status === 'in-progress') return call;
  // What was never answered cannot be completed.
  const final = call.status === 'in-progress' ? 'completed' : 'canceled';
  const ended = await moveCall(tx, context, call, { status: final });
  notify(tx, context, call, call.sid, {
    kind: 'call-updated',
    callSid: call.sid,
    order: { kind: 'end', status: final },
  });
  return ended;
}

/** Ends each of the calls that lives when its turn comes. */
export async function endCalls(
  tx: Tx,
  context: Needs,
  calls: readonly Pick<Call, 'sid'>[],
): Promise<void> {
  for (const { sid } of calls) {
    const call = await lockCall(tx, sid);
    if (call !== undefined) await endCall(tx, context, call, 'completed');
  }
}
