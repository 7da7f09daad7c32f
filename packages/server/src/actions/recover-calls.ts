import { isLive } from '../model/call.ts';
import { listLiveCalls, lockCall } from '../store/calls.ts';
import type { ActionContext } from './context.ts';
import { addAlert, alertNamed } from './raise-alert.ts';
import { moveCall } from './record-call-progress.ts';

/** Ends, at the start, the calls that a process which is no more left behind; returns how many. */
export async function recoverCalls(context: ActionContext): Promise<number> {
  return context.transact(async (tx) => {
    let recovered = 0;
    for (const { sid } of await listLiveCalls(tx)) {
      // What that process sent last to the database may be carried out as late as this.
      const call = await lockCall(tx, sid);
      if (call === undefined || !isLive(call)) continue;
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
