import { replayDeliveries, replayDelivery } from '../../actions/replay-deliveries.ts';
import { refusal } from '../../base/app-error.ts';
import { isoDateMs } from '../../base/http-date.ts';
import { shownUrl } from '../../callback/target.ts';
import { deliveryId, deliverySeq, receiverOf, type Delivery } from '../../model/delivery.ts';
import type { DeliveryAttempt } from '../../model/delivery-attempt.ts';
import type { OutboxEntry } from '../../model/outbox-entry.ts';
import { listDeliveryAttempts, type AttemptFilter } from '../../store/delivery-attempts.ts';
import { listOutboxEntries } from '../../store/outbox.ts';
import { integer, oneOf, filter } from '../fields.ts';
import { form, type Field } from '../form.ts';
import type { ApiRequest } from '../api-request.ts';
import { operation, type Routes } from '../operation.ts';
import { productPage, type Json } from '../render.ts';
import { checkOrder, span, type Span } from '../span.ts';

const PAGE_MAX = 1000;
const REPLAYS_MAX = 500;
const REPLAYS = 100;

const which = {
  ResourceSid: filter,
  EventType: filter,
  Host: filter,
  StartDate: span,
  EndDate: span,
};
const filters = form({ ...which, Status: oneOf(['pending', 'done', 'failed', 'replayed']) });
const afterDelivery: Field<number> = {
  read: (values, name) => {
    const given = values.at(-1) ?? '';
    const seq = deliverySeq(given);
    if (seq !== undefined) return seq;
    const problem = `${given} was given; the id of a delivery is expected, as dlv-2f.`;
    throw refusal('invalidParameter', { name, problem });
  },
};
const replayFilters = form({
  ...which,
  Status: oneOf(['failed', 'done']),
  After: afterDelivery,
  Limit: integer(1, REPLAYS_MAX),
});

/** Webhooks that were sent, every attempt of them, and sending them again. */
export function deliveryRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;

  operation(routes, {
    method: 'GET',
    path: '/v1/Deliveries',
    parameters: filters,
    handle: async (request) => {
      const wanted = request.page(PAGE_MAX);
      const { sid } = request.caller.account;
      const filter = { ...readFilter(request.values), status: request.values.Status };
      const page = await listDeliveryAttempts(db, sid, filter, wanted);
      const seqs = [...new Set(page.items.map(({ outboxSeq }) => outboxSeq))];
      const entries = await listOutboxEntries(db, sid, seqs);
      const bySeq = new Map(entries.map((entry) => [entry.seq, entry]));
      const items = page.items.map((attempt) => ({
        ...renderAttempt(attempt),
        ...renderState(bySeq.get(attempt.outboxSeq)),
      }));
      return productPage('deliveries', items, request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: '/v1/Deliveries/:Id',
    handle: async (request) => {
      const { sid } = request.caller.account;
      const [entry] = await listOutboxEntries(db, sid, [seqOf(request)]);
      if (entry === undefined) throw notFound(request);
      const page = { page: 0, pageSize: PAGE_MAX, cursor: undefined };
      const attempts = await listDeliveryAttempts(db, sid, { outboxSeq: entry.seq }, page);
      return {
        ...renderDelivery(entry),
        attempts: attempts.items.toReversed().map(renderAttempt),
      };
    },
  });

  operation(routes, {
    method: 'POST',
    path: '/v1/Deliveries/:Id/Replay',
    parameters: form({}),
    status: 201,
    handle: async (request) => {
      const { sid } = request.caller.account;
      const entry = await replayDelivery(context, sid, seqOf(request));
      if (entry === undefined) throw notFound(request);
      return { ...renderDelivery(entry), attempts: [] };
    },
  });

  operation(routes, {
    method: 'POST',
    path: '/v1/Deliveries/Replay',
    parameters: replayFilters,
    handle: async (request) => {
      const { Status: status = 'failed', Limit: limit = REPLAYS, After: afterSeq } = request.values;
      const filter = { ...readFilter(request.values), status, afterSeq };
      const { sid } = request.caller.account;
      const { replays, hasMore } = await replayDeliveries(context, sid, filter, limit);
      return {
        replayed: replays.map(({ seq, replayOf }) => ({
          delivery_id: deliveryId(seq),
          replay_of: deliveryId(replayOf),
        })),
        has_more: hasMore,
      };
    },
  });
}

interface Which {
  readonly ResourceSid: string | undefined;
  readonly EventType: string | undefined;
  readonly Host: string | undefined;
  readonly StartDate: Span | undefined;
  readonly EndDate: Span | undefined;
}

function readFilter({ ResourceSid, EventType, Host, StartDate, EndDate }: Which): AttemptFilter {
  checkOrder(StartDate, EndDate);
  return {
    resourceSid: ResourceSid,
    eventType: EventType,
    host: Host?.toLowerCase(),
    startDate: StartDate?.from,
    endDate: EndDate?.until,
  };
}

type Sent = Pick<ApiRequest<typeof which>, 'path' | 'sentPath'>;

function seqOf(request: Sent): number {
  const seq = deliverySeq(request.path['Id'] ?? '');
  if (seq === undefined) throw notFound(request);
  return seq;
}

function notFound({ sentPath }: Sent): Error {
  return refusal('notFound', { path: sentPath });
}

function renderAttempt(attempt: DeliveryAttempt): Json {
  return {
    delivery_id: deliveryId(attempt.outboxSeq),
    account_sid: attempt.accountSid,
    resource_sid: attempt.resourceSid,
    event_type: attempt.eventType,
    method: attempt.method,
    url: shownUrl(attempt.url),
    idempotency_token: attempt.idempotencyToken,
    replay_of: attempt.replayOf === null ? null : deliveryId(attempt.replayOf),
    attempt: attempt.attempt,
    requests: attempt.requests,
    status_code: attempt.statusCode,
    error_code: attempt.errorCode,
    problem: attempt.problem,
    duration_ms: attempt.durationMs,
    date_created: isoDateMs(attempt.dateCreated),
  };
}

/** Of the delivery, as it is now; null when only its attempts are kept. */
function renderState(entry: OutboxEntry | undefined): Json {
  return {
    delivery_status: entry?.status ?? null,
    next_attempt: entry?.status === 'pending' ? isoDateMs(entry.dateAvailable) : null,
  };
}

function renderDelivery(entry: OutboxEntry): Json {
  const delivery = JSON.parse(entry.payload) as Delivery;
  return {
    delivery_id: deliveryId(entry.seq),
    account_sid: entry.accountSid,
    resource_sid: delivery.resourceSid,
    event_type: delivery.eventType,
    method: delivery.method,
    url: shownUrl(delivery.url),
    host: receiverOf(delivery),
    idempotency_token: delivery.idempotencyToken,
    replay_of: delivery.replayOf === undefined ? null : deliveryId(delivery.replayOf),
    ...renderState(entry),
    date_created: isoDateMs(entry.dateCreated),
  };
}
