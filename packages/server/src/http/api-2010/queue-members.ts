import { isSid, type Sid } from '@tutti/ids';
import { redirectQueueMember } from '../../actions/redirect-queue-member.ts';
import { refusal } from '../../base/app-error.ts';
import type { Instant } from '../../base/clock.ts';
import { waitedSec, type Queue, type QueueMember } from '../../model/queue.ts';
import {
  findQueueFront,
  findQueueMember,
  pageQueueMembers,
  queuePosition,
} from '../../store/queue-members.ts';
import type { ScopedRequest } from '../conversations-v1/scope.ts';
import { method, url } from '../fields.ts';
import { form } from '../form.ts';
import { operation, type Routes } from '../operation.ts';
import { pathNotFound } from '../path-not-found.ts';
import { page2010, rfc2822Date, type Json } from '../render.ts';
import { queueOf } from './queues.ts';
import { uri2010 } from './uri.ts';

const PAGE_MAX = 1000;

const redirect = form({ Url: url('invalidUrl'), Method: method('invalidMethod') });

/** Twilio: voice/api/member-resource */
export function queueMemberRoutes(routes: Routes): void {
  const { context } = routes;
  const { db, clock } = context;
  const collection = '/2010-04-01/Accounts/:AccountSid/Queues/:QueueSid/Members';
  const item = `${collection}/:CallSid`;

  operation(routes, {
    method: 'GET',
    path: collection,
    handle: async (request) => {
      const { sid } = await queueOf(db, request, 'QueueSid');
      const wanted = request.page(PAGE_MAX);
      const page = await pageQueueMembers(db, sid, wanted);
      const [first] = page.items;
      const position = first === undefined ? 0 : await queuePosition(db, first);
      const now = clock.now();
      const items = page.items.map((member, at) => renderMember(member, position + at, now));
      return page2010('queue_members', items, request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: item,
    handle: async (request) => {
      const { sid } = await queueOf(db, request, 'QueueSid');
      const member = await memberOf(request, sid);
      return renderMember(member, await queuePosition(db, member), clock.now());
    },
  });

  operation(routes, {
    method: 'POST',
    path: item,
    parameters: redirect,
    handle: async (request) => {
      const { Url = '', Method = 'POST' } = request.values;
      if (Url === '') throw refusal('missingParameter', { name: 'Url' });
      const queue = await queueOf(db, request, 'QueueSid');
      const seen = await memberOf(request, queue.sid);
      const position = await queuePosition(db, seen);
      const member = await redirectQueueMember(context, queue, wantedOf(request) ?? seen.callSid, {
        url: Url,
        method: Method,
      });
      return renderMember(member, position, clock.now());
    },
  });

  async function memberOf(request: ScopedRequest, queueSid: Queue['sid']): Promise<QueueMember> {
    const wanted = wantedOf(request);
    const member =
      wanted === 'Front'
        ? await findQueueFront(db, queueSid)
        : wanted && (await findQueueMember(db, queueSid, wanted));
    if (member === undefined) throw nobody(request);
    return member;
  }
}

/** Whom the path names, if anybody. */
function wantedOf({ path }: ScopedRequest): Sid<'CA'> | 'Front' | undefined {
  const key = path['CallSid'] ?? '';
  return key === 'Front' || isSid(key, 'CA') ? key : undefined;
}

function nobody(request: ScopedRequest): Error {
  const key = request.path['CallSid'] ?? '';
  if (key === 'Front') return refusal('notFound', { path: request.sentPath });
  return pathNotFound(request, key, 'CA');
}

/** Twilio: voice/api/member-resource#member-properties */
function renderMember(member: QueueMember, position: number, now: Instant): Json {
  const { accountSid, queueSid, callSid, dateEnqueued } = member;
  return {
    account_sid: accountSid,
    queue_sid: queueSid,
    call_sid: callSid,
    date_enqueued: rfc2822Date(dateEnqueued),
    position,
    wait_time: waitedSec(dateEnqueued, now),
    uri: uri2010(accountSid, `Queues/${queueSid}/Members/${callSid}`),
  };
}
