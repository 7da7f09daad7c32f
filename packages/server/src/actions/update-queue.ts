import { refusal } from '../base/app-error.ts';
import type { Queue } from '../model/queue.ts';
import { lockQueue, lockQueueName, updateQueue } from '../store/queues.ts';
import { queueExists } from './create-queue.ts';
import type { ActionContext } from './context.ts';

/** Renames or resizes a queue; those in it stay, also beyond a smaller size. @throws RequestError notFound, queueExists */
export async function changeQueue(
  context: ActionContext,
  { sid, accountSid }: Pick<Queue, 'sid' | 'accountSid'>,
  change: Partial<Pick<Queue, 'friendlyName' | 'maxSize'>>,
): Promise<Queue> {
  return context.transact(async (tx) => {
    const named =
      change.friendlyName === undefined
        ? undefined
        : await lockQueueName(tx, accountSid, change.friendlyName);
    if (named !== undefined && named.sid !== sid) throw queueExists(named);
    const queue = await lockQueue(tx, sid);
    if (queue?.accountSid !== accountSid) throw refusal('notFound', { path: `/Queues/${sid}` });
    const { friendlyName = queue.friendlyName, maxSize = queue.maxSize } = change;
    const changed = { friendlyName, maxSize, dateUpdated: context.clock.now() };
    await updateQueue(tx, sid, changed);
    return { ...queue, ...changed };
  });
}
