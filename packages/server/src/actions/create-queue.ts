import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { Queue } from '../model/queue.ts';
import { insertQueue, lockQueueName } from '../store/queues.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import type { ActionContext } from './context.ts';

type Needs = Pick<ActionContext, 'ids' | 'clock'>;

/** @throws RequestError queueExists */
export async function createQueue(
  context: ActionContext,
  accountSid: Sid<'AC'>,
  settings: Pick<Queue, 'friendlyName' | 'maxSize'>,
): Promise<New<Queue>> {
  return context.transact(async (tx) => {
    const other = await lockQueueName(tx, accountSid, settings.friendlyName);
    if (other !== undefined) throw queueExists(other);
    return addQueue(tx, context, accountSid, settings);
  });
}

/** Makes a queue whose name the caller has found free and locked. */
export async function addQueue(
  tx: Tx,
  { ids, clock }: Needs,
  accountSid: Sid<'AC'>,
  settings: Pick<Queue, 'friendlyName' | 'maxSize'>,
): Promise<New<Queue>> {
  const now = clock.now();
  const queue = { ...settings, sid: ids.sid('QU'), accountSid, dateCreated: now, dateUpdated: now };
  await insertQueue(tx, queue);
  return queue;
}

/** A document would not know which of the two it means. */
export function queueExists({ sid, friendlyName: name }: Pick<Queue, 'sid' | 'friendlyName'>) {
  return refusal('queueExists', { name, sid }, { resourceSid: sid });
}
