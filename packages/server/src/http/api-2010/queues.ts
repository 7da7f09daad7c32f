import { isSid } from '@tutti/ids';
import { createQueue } from '../../actions/create-queue.ts';
import { removeQueue } from '../../actions/delete-queue.ts';
import { changeQueue } from '../../actions/update-queue.ts';
import { refusal } from '../../base/app-error.ts';
import type { Instant } from '../../base/clock.ts';
import {
  averageWaitSec,
  QUEUE_SIZE_DEFAULT,
  QUEUE_SIZE_MAX,
  type Queue,
  type QueueCrowd,
} from '../../model/queue.ts';
import { mapQueueCrowds } from '../../store/queue-members.ts';
import type { Db } from '../../store/open-store.ts';
import { findQueue, listQueues } from '../../store/queues.ts';
import type { New } from '../../store/schema.ts';
import type { ScopedRequest } from '../conversations-v1/scope.ts';
import { integer } from '../fields.ts';
import { form } from '../form.ts';
import { given } from '../given.ts';
import { operation, type Routes } from '../operation.ts';
import { pathNotFound } from '../path-not-found.ts';
import { page2010, rfc2822Date, type Json } from '../render.ts';
import { friendlyName } from './fields.ts';
import { uri2010 } from './uri.ts';

const PAGE_MAX = 1000;

const settings = form({ FriendlyName: friendlyName, MaxSize: integer(1, QUEUE_SIZE_MAX) });

/** Twilio: voice/api/queue-resource */
export function queueRoutes(routes: Routes): void {
  const { context } = routes;
  const { db, clock } = context;
  const collection = '/2010-04-01/Accounts/:AccountSid/Queues';
  const item = `${collection}/:Sid`;

  operation(routes, {
    method: 'POST',
    path: collection,
    parameters: settings,
    status: 201,
    handle: async ({ caller, values }) => {
      const name = nameOf(values.FriendlyName);
      if (name === undefined) throw refusal('missingParameter', { name: 'FriendlyName' });
      const maxSize = values.MaxSize ?? QUEUE_SIZE_DEFAULT;
      const { sid } = caller.account;
      return renderQueue(
        await createQueue(context, sid, { friendlyName: name, maxSize }),
        undefined,
        clock.now(),
      );
    },
  });

  operation(routes, {
    method: 'GET',
    path: collection,
    handle: async (request) => {
      const wanted = request.page(PAGE_MAX);
      const page = await listQueues(db, request.caller.account.sid, wanted);
      const crowds = await mapQueueCrowds(
        db,
        page.items.map(({ sid }) => sid),
      );
      const now = clock.now();
      const items = page.items.map((queue) => renderQueue(queue, crowds.get(queue.sid), now));
      return page2010('queues', items, request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: item,
    handle: async (request) => render(await queueOf(db, request, 'Sid')),
  });

  operation(routes, {
    method: 'POST',
    path: item,
    parameters: settings,
    handle: async (request) => {
      const { FriendlyName, MaxSize: maxSize } = request.values;
      const queue = await queueOf(db, request, 'Sid');
      const change = given({ friendlyName: nameOf(FriendlyName), maxSize });
      return render(await changeQueue(context, queue, change));
    },
  });

  operation(routes, {
    method: 'DELETE',
    path: item,
    status: 204,
    handle: async (request) => removeQueue(context, await queueOf(db, request, 'Sid')),
  });

  async function render(queue: Queue): Promise<Json> {
    const crowds = await mapQueueCrowds(db, [queue.sid]);
    return renderQueue(queue, crowds.get(queue.sid), clock.now());
  }
}

/** As a document would name it: blanks around it are none of its. Undefined for one that was not given. */
function nameOf(text: string | undefined): string | undefined {
  const name = text?.trim();
  if (name !== '') return name;
  const problem = 'A queue needs a name of 1 to 64 characters, by which documents know it.';
  throw refusal('invalidParameter', { name: 'FriendlyName', problem });
}

/** The queue that the path names. @throws RequestError sidNotFound */
export async function queueOf(
  db: Db,
  request: ScopedRequest,
  segment: 'Sid' | 'QueueSid',
): Promise<Queue> {
  const key = request.path[segment] ?? '';
  const queue = isSid(key, 'QU') ? await findQueue(db, request.caller.account.sid, key) : undefined;
  if (queue === undefined) throw pathNotFound(request, key, 'QU');
  return queue;
}

/** Twilio: voice/api/queue-resource#queue-properties */
function renderQueue(queue: New<Queue>, crowd: QueueCrowd | undefined, now: Instant): Json {
  const { accountSid, sid } = queue;
  const path = `Queues/${sid}`;
  return {
    sid,
    account_sid: accountSid,
    friendly_name: queue.friendlyName,
    max_size: queue.maxSize,
    current_size: crowd?.size ?? 0,
    average_wait_time: averageWaitSec(crowd, now),
    date_created: rfc2822Date(queue.dateCreated),
    date_updated: rfc2822Date(queue.dateUpdated),
    uri: uri2010(accountSid, path),
    subresource_uris: { members: uri2010(accountSid, `${path}/Members`) },
  };
}
