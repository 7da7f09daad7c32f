import { isoDateMs } from '../../base/http-date.ts';
import { shownUrl } from '../../callback/target.ts';
import type { DeliveryAttempt } from '../../model/delivery-attempt.ts';
import { listDeliveryAttempts } from '../../store/delivery-attempts.ts';
import { text } from '../fields.ts';
import { form } from '../form.ts';
import { operation, type Routes } from '../operation.ts';
import { productPage, type Json } from '../render.ts';

const PAGE_MAX = 1000;
const filters = form({ ResourceSid: text(), EventType: text() });

/** `GET /v1/Deliveries`: every attempt to send a webhook and what came of it, newest first. */
export function deliveryRoutes(routes: Routes): void {
  const { db } = routes.context;
  operation(routes, {
    method: 'GET',
    path: '/v1/Deliveries',
    parameters: filters,
    handle: async (request) => {
      const { ResourceSid: resourceSid, EventType: eventType } = request.values;
      const wanted = request.page(PAGE_MAX);
      const page = await listDeliveryAttempts(
        db,
        request.caller.account.sid,
        { resourceSid, eventType },
        wanted,
      );
      return productPage('deliveries', page.items.map(render), request, wanted, page);
    },
  });
}

function render(attempt: DeliveryAttempt): Json {
  return {
    account_sid: attempt.accountSid,
    resource_sid: attempt.resourceSid,
    event_type: attempt.eventType,
    method: attempt.method,
    url: shownUrl(attempt.url),
    attempt: attempt.attempt,
    status_code: attempt.statusCode,
    error_code: attempt.errorCode,
    problem: attempt.problem,
    duration_ms: attempt.durationMs,
    date_created: isoDateMs(attempt.dateCreated),
  };
}
