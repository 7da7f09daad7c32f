import { refusal } from '../../base/app-error.ts';
import { isoDateMs } from '../../base/http-date.ts';
import { shownUrl } from '../../callback/target.ts';
import {
  findActivityEnd,
  listActivity,
  type ActivityPosition,
  type ActivitySince,
} from '../../store/activity.ts';
import { text } from '../fields.ts';
import { form } from '../form.ts';
import { operation, type Routes } from '../operation.ts';
import type { Json } from '../render.ts';

const LIMIT = 200;
const parameters = form({ After: text() });

/** `GET /v1/Activity?After=cursor`: alerts, webhook attempts, calls and timelines of the account as they happen. */
export function activityRoutes(routes: Routes): void {
  const { db, clock } = routes.context;
  operation(routes, {
    method: 'GET',
    path: '/v1/Activity',
    parameters,
    handle: async (request) => {
      const { After } = request.values;
      if (After === undefined || After === '') {
        return { activity: [], cursor: format(await findActivityEnd(db, clock.now())) };
      }
      const position = parse(After);
      const { sid } = request.caller.account;
      const since = await listActivity(db, sid, position, clock.now(), LIMIT);
      return { activity: render(since), cursor: format(advance(position, since)) };
    },
  });
}

function format({ alerts, deliveries, timeline, callsChangedAt }: ActivityPosition): string {
  return [alerts, deliveries, timeline, callsChangedAt].map((part) => part.toString(36)).join('-');
}

function parse(cursor: string): ActivityPosition {
  if (!/^[0-9a-z]{1,11}(-[0-9a-z]{1,11}){3}$/.test(cursor)) {
    throw refusal('invalidPageToken', { given: cursor });
  }
  const [alerts = 0, deliveries = 0, timeline = 0, callsChangedAt = 0] = cursor
    .split('-')
    .map((part) => Number.parseInt(part, 36));
  return { alerts, deliveries, timeline, callsChangedAt };
}

function advance(position: ActivityPosition, since: ActivitySince): ActivityPosition {
  return {
    alerts: since.alerts.at(-1)?.seq ?? position.alerts,
    deliveries: since.deliveries.at(-1)?.seq ?? position.deliveries,
    timeline: since.timeline.at(-1)?.seq ?? position.timeline,
    callsChangedAt: since.calls.at(-1)?.dateUpdated ?? position.callsChangedAt,
  };
}

/** One list in the order of events, each with a line for people. */
function render(since: ActivitySince): Json[] {
  const items = [
    ...since.alerts.map((alert) => ({
      at: alert.dateCreated,
      kind: 'alert',
      resource_sid: alert.resourceSid,
      summary: `${alert.logLevel} ${alert.errorCode} ${alert.alertText}`,
      alert_sid: alert.sid,
    })),
    ...since.deliveries.map((attempt) => ({
      at: attempt.dateCreated,
      kind: 'webhook',
      resource_sid: attempt.resourceSid,
      summary: `${attempt.eventType} ${attempt.method} ${shownUrl(attempt.url)} → ${attempt.statusCode ?? attempt.problem ?? ''} (${attempt.durationMs} ms, attempt ${attempt.attempt})`,
    })),
    ...since.calls.map((call) => ({
      at: call.dateUpdated,
      kind: 'call',
      resource_sid: call.sid,
      summary: `${call.sid} ${call.from} → ${call.to} ${call.status}${call.conductorSid === null ? '' : ` (${call.conductorSid} in ${call.conversationSid ?? ''})`}`,
    })),
    ...since.timeline
      .filter(({ kind }) => kind !== 'call')
      .map((entry) => ({
        at: entry.dateCreated,
        kind: entry.kind,
        resource_sid: entry.resourceSid,
        summary: `${entry.event} ${entry.resourceSid} in ${entry.conversationSid} ${entry.data}`,
      })),
  ];
  items.sort((a, b) => a.at - b.at);
  return items.map(({ at, ...item }) => ({ date_created: isoDateMs(at), ...item }));
}
