import { refusal } from '../base/app-error.ts';
import type { Call } from '../model/call.ts';
import { QUEUE_SIZE_DEFAULT, type Queue, type QueueMember } from '../model/queue.ts';
import { lockCall } from '../store/calls.ts';
import { countQueuePlaces, deleteQueueMember, insertQueueMember } from '../store/queue-members.ts';
import { lockQueueName } from '../store/queues.ts';
import type { New } from '../store/schema.ts';
import { notify } from './announce.ts';
import type { ActionContext } from './context.ts';
import { addQueue } from './create-queue.ts';

/** A place in a queue. */
export interface Enqueued {
  readonly queue: New<Queue>;
  readonly member: New<QueueMember>;
}

/**
 * Puts an answered call at the end of the queue of that name, which is made when there is none. `sizeLimit` is one more
 * limit beside the queue's own. Undefined when the call is over.
 *
 * @throws RequestError queueFull
 */
export async function enqueueCall(
  context: ActionContext,
  { sid: callSid, accountSid }: Pick<Call, 'sid' | 'accountSid'>,
  name: string,
  sizeLimit: number = Number.POSITIVE_INFINITY,
): Promise<Enqueued | undefined> {
  return context.transact(async (tx) => {
    const call = await lockCall(tx, callSid);
    if (call?.status !== 'in-progress') return undefined;
    const settings = { friendlyName: name, maxSize: QUEUE_SIZE_DEFAULT };
    const queue =
      (await lockQueueName(tx, accountSid, name)) ??
      (await addQueue(tx, context, accountSid, settings));
    const max = Math.min(queue.maxSize, sizeLimit);
    if ((await countQueuePlaces(tx, queue.sid)) >= max) {
      throw refusal('queueFull', { name, sid: queue.sid, max }, { resourceSid: queue.sid });
    }
    const member: New<QueueMember> = {
      callSid,
      accountSid,
      queueSid: queue.sid,
      node: context.node,
      takenBy: null,
      dateEnqueued: context.clock.now(),
    };
    await deleteQueueMember(tx, callSid);
    await insertQueueMember(tx, member);
    notify(tx, context, queue, queue.sid, { kind: 'queue-changed', queueSid: queue.sid });
    return { queue, member };
  });
}
