import type { Sid } from '@tutti/ids';
import type { Call } from '../model/call.ts';
import { findCall, lockCall, updateCall } from '../store/calls.ts';
import type { ActionContext } from './context.ts';

/** Takes a call that is to be dialled, whichever process placed it; undefined when it is not to be dialled any more. */
export async function carryCall(
  context: ActionContext,
  callSid: Sid<'CA'>,
): Promise<Call | undefined> {
  const { db, node } = context;
  const placed = await findCall(db, callSid);
  if (placed?.status !== 'queued') return undefined;
  if (placed.node === node) return placed;
  return context.transact(async (tx) => {
    const call = await lockCall(tx, callSid);
    if (call?.status !== 'queued') return undefined;
    await updateCall(tx, callSid, { node });
    return { ...call, node };
  });
}
