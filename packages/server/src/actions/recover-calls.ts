import { isLive } from '../model/call.ts';
import { listLiveCalls, lockCall } from '../store/calls.ts';
import type { ActionContext } from './context.ts';
import { addAlert, alertNamed } from './raise-alert.ts';
import { moveCall } from './record-call-progress.ts';

/** Ends the calls that processes left behind which are not among `nodes`, the ones that are there; returns how many. */
export async function recoverCalls(
  context: ActionContext,
  nodes: readonly number[],
): Promise<number> {
  return context.transact(async (tx) => {
    let recovered = 0;
    for (const { sid, node } of await listLiveCalls(tx)) {
      if (node !== null && nodes.includes(node)) continue;
      const call = await lockCall(tx, sid);
      // Another process was first, or what the lost one sent last was carried out as late as this.
      if (call === undefined || !isLive(call) || call.node !== node) continue;
      recovered += 1;
      await moveCall(tx, context, call, {
        status: call.status === 'in-progress' ? 'completed' : 'failed',
      });
      await addAlert(tx, context, {
        accountSid: call.accountSid,
        ...alertNamed('callLost', { sid: call.sid, status: call.status }),
        resourceSid: call.sid,
      });
    }
    return recovered;
  });
}
