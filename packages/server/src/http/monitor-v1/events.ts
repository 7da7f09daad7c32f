import type { MonitorEvent } from '../../model/monitor-event.ts';
import { findMonitorEvent, listMonitorEvents } from '../../store/monitor-events.ts';
import { filter } from '../fields.ts';
import { form } from '../form.ts';
import { operation, type Routes } from '../operation.ts';
import { found } from '../path-not-found.ts';
import { isoDate, productPage, type Json } from '../render.ts';
import { checkOrder, span } from '../span.ts';

const PAGE_MAX = 1000;

/** Any of them together; Twilio takes one besides the dates. */
const filters = form({
  ActorSid: filter,
  EventType: filter,
  ResourceSid: filter,
  SourceIpAddress: filter,
  StartDate: span,
  EndDate: span,
});

/** Twilio: usage/monitor-events */
export function eventRoutes(routes: Routes): void {
  const { db } = routes.context;

  operation(routes, {
    method: 'GET',
    path: '/v1/Events',
    parameters: filters,
    handle: async (request) => {
      const { values } = request;
      checkOrder(values.StartDate, values.EndDate);
      const wanted = request.page(PAGE_MAX);
      const page = await listMonitorEvents(
        db,
        request.caller.account.sid,
        {
          actorSid: values.ActorSid,
          eventType: values.EventType,
          resourceSid: values.ResourceSid,
          sourceIpAddress: values.SourceIpAddress,
          startDate: values.StartDate?.from,
          endDate: values.EndDate?.until,
        },
        wanted,
      );
      const items = page.items.map((event) => renderEvent(event, request.base));
      return productPage('events', items, request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: '/v1/Events/:Sid',
    handle: async (request) => {
      const key = request.path['Sid'] ?? '';
      const event = await findMonitorEvent(db, request.caller.account.sid, key);
      return renderEvent(found(event, request, key, 'AE'), request.base);
    },
  });
}

function renderEvent(event: MonitorEvent, base: string): Json {
  return {
    sid: event.sid,
    account_sid: event.accountSid,
    actor_sid: event.actorSid,
    actor_type: actorTypeOf(event),
    description: null,
    event_data: JSON.parse(event.eventData) as unknown,
    event_date: isoDate(event.dateCreated),
    event_type: event.eventType,
    resource_sid: event.resourceSid,
    resource_type: event.resourceType,
    source: event.source,
    source_ip_address: event.sourceIpAddress,
    url: `${base}/v1/Events/${event.sid}`,
    links: {},
  };
}

/** Twilio has users, accounts and its own staff; a key and the server itself are ours. */
function actorTypeOf({ actorSid }: MonitorEvent): 'account' | 'api-key' | 'server' {
  if (actorSid === null) return 'server';
  return actorSid.startsWith('SK') ? 'api-key' : 'account';
}
