import { shownUrl } from '../../callback/target.ts';
import type { DeliveryAttempt } from '../../model/delivery-attempt.ts';
import { findCall } from '../../store/calls.ts';
import { listDeliveryAttempts } from '../../store/delivery-attempts.ts';
import { operation, type Routes } from '../operation.ts';
import { found } from '../path-not-found.ts';
import { page2010, rfc2822Date, type Json } from '../render.ts';

const PAGE_MAX = 1000;

/**
 * The status callbacks of a call, each attempt with what came of it. Requests for documents are kept when they fail
 * alone, as Notifications. Twilio: voice/api/call-event-resource
 */
export function callEventRoutes(routes: Routes): void {
  const { db } = routes.context;
  operation(routes, {
    method: 'GET',
    path: '/2010-04-01/Accounts/:AccountSid/Calls/:CallSid/Events',
    handle: async (request) => {
      const { sid: accountSid } = request.caller.account;
      const key = request.path['CallSid'] ?? '';
      const call = await findCall(db, key);
      const own = call?.accountSid === accountSid ? call : undefined;
      const { sid: resourceSid } = found(own, request, key, 'CA');
      const wanted = request.page(PAGE_MAX);
      const page = await listDeliveryAttempts(db, accountSid, { resourceSid }, wanted);
      return page2010('events', page.items.map(renderEvent), request, wanted, page);
    },
  });
}

function renderEvent(attempt: DeliveryAttempt): Json {
  const { method, url, dateCreated, statusCode } = attempt;
  return {
    request: { method, url: shownUrl(url), date_created: rfc2822Date(dateCreated) },
    response: {
      response_code: statusCode,
      request_duration: attempt.durationMs,
      error_code: attempt.errorCode,
      problem: attempt.problem,
    },
  };
}
