import type { Call } from '../model/call.ts';
import type { Queue, QueueMember } from '../model/queue.ts';
import { findQueueFront, markQueueMember } from '../store/queue-members.ts';
import { lockQueueName } from '../store/queues.ts';
import type { ActionContext } from './context.ts';

export type TakenFromQueue =
  | { readonly kind: 'no-queue' }
  | { readonly kind: 'empty'; readonly queue: Queue }
  | { readonly kind: 'taken'; readonly queue: Queue; readonly member: QueueMember };

/**
 * Takes who has waited longest in the queue of that name, of the calls that this process has, for the call that dials
 * it. The place is kept until the two are joined (`leaveQueue`), or the taker fails (`returnToQueue`).
 */
export async function takeFromQueue(
  context: ActionContext,
  { sid: takenBy, accountSid }: Pick<Call, 'sid' | 'accountSid'>,
  name: string,
): Promise<TakenFromQueue> {
  return context.transact(async (tx) => {
    const queue = await lockQueueName(tx, accountSid, name);
    if (queue === undefined) return { kind: 'no-queue' };
    const member = await findQueueFront(tx, queue.sid, context.node);
    if (member === undefined) return { kind: 'empty', queue };
    await markQueueMember(tx, member.callSid, takenBy);
    return { kind: 'taken', queue, member };
  });
}
