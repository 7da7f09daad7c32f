import { refusal } from '../base/app-error.ts';
import type { Queue } from '../model/queue.ts';
import { countQueuePlaces } from '../store/queue-members.ts';
import { deleteQueue, lockQueue } from '../store/queues.ts';
import { notify } from './announce.ts';
import type { ActionContext } from './context.ts';

/** Removes a queue in which nobody waits; who dials it hears that it is gone. @throws RequestError notFound, queueNotEmpty */
export async function removeQueue(
  context: ActionContext,
  { sid, accountSid }: Pick<Queue, 'sid' | 'accountSid'>,
): Promise<void> {
  await context.transact(async (tx) => {
    const queue = await lockQueue(tx, sid);
    if (queue?.accountSid !== accountSid) throw refusal('notFound', { path: `/Queues/${sid}` });
    const count = await countQueuePlaces(tx, sid);
    if (count > 0) {
      const { friendlyName: name } = queue;
      throw refusal('queueNotEmpty', { name, sid, count }, { resourceSid: sid });
    }
    await deleteQueue(tx, sid);
    notify(tx, context, queue, sid, { kind: 'queue-changed', queueSid: sid });
  });
}
