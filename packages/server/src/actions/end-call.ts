import { isLive, type Call } from '../model/call.ts';
import { lockCall } from '../store/calls.ts';
import type { Tx } from '../store/transact.ts';
import { notify } from './announce.ts';
import type { ActionContext } from './context.ts';
import { moveCall } from './record-call-progress.ts';

type Needs = Pick<ActionContext, 'ids' | 'clock' | 'metrics'>;

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
