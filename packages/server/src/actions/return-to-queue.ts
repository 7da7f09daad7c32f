import type { QueueMember } from '../model/queue.ts';
import { markQueueMember } from '../store/queue-members.ts';
import { notify } from './announce.ts';
import type { ActionContext } from './context.ts';

/** Lets one whose taker has failed wait on at the place that was kept; without effect on one who has left. */
export async function returnToQueue(
  context: ActionContext,
  { accountSid, callSid, queueSid }: Pick<QueueMember, 'accountSid' | 'callSid' | 'queueSid'>,
): Promise<void> {
  await context.transact(async (tx) => {
    await markQueueMember(tx, callSid, null);
    notify(tx, context, { accountSid }, queueSid, { kind: 'queue-changed', queueSid });
  });
}
