import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { Queue, QueueMember } from '../model/queue.ts';
import type { HttpMethod } from '../model/voice-urls.ts';
import { deleteQueueMember, findQueueFront, findQueueMember } from '../store/queue-members.ts';
import { lockQueue } from '../store/queues.ts';
import { notify } from './announce.ts';
import type { ActionContext } from './context.ts';

/**
 * Takes a member out of its queue and sends its call to another document. The second to ask for the same one is refused.
 *
 * @throws RequestError notFound
 */
export async function redirectQueueMember(
  context: ActionContext,
  { sid, accountSid }: Pick<Queue, 'sid' | 'accountSid'>,
  wanted: Sid<'CA'> | 'Front',
  { url, method }: { readonly url: string; readonly method: HttpMethod },
): Promise<QueueMember> {
  return context.transact(async (tx) => {
    const queue = await lockQueue(tx, sid);
    const member =
      wanted === 'Front' ? await findQueueFront(tx, sid) : await findQueueMember(tx, sid, wanted);
    if (queue?.accountSid !== accountSid || member === undefined) {
      throw refusal('notFound', { path: `/Queues/${sid}/Members/${wanted}` });
    }
    const { callSid } = member;
    await deleteQueueMember(tx, callSid);
    notify(tx, context, queue, callSid, {
      kind: 'call-updated',
      callSid,
      order: { kind: 'redirect', url, method, twiml: null },
    });
    return member;
  });
}
