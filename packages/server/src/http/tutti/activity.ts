import type { Alert } from '../../model/alert.ts';
import { moreInfo } from '../errors.ts';
import { refusal } from '../../base/app-error.ts';
import { redactText } from '../../base/redact.ts';
import { isoDateMs } from '../../base/http-date.ts';
import { shownUrl } from '../../callback/target.ts';
import { deliveryId } from '../../model/delivery.ts';
import type { DeliveryAttempt } from '../../model/delivery-attempt.ts';
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
      return { activity: render(since, request.home), cursor: format(advance(position, since)) };
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
function render(since: ActivitySince, home: string): Json[] {
  const items = [
    ...since.alerts.map((alert) => ({
      at: alert.dateLastOccurred,
      kind: 'alert',
      resource_sid: alert.resourceSid,
      summary: alertLine(alert, home),
      alert_sid: alert.sid,
      error_code: String(alert.errorCode),
      log_level: alert.logLevel,
      occurrences: alert.occurrences,
      more_info: moreInfo(alert.errorCode, home),
    })),
    ...since.deliveries.map((attempt) => ({
      at: attempt.dateCreated,
      kind: 'webhook',
      resource_sid: attempt.resourceSid,
      summary: attemptText(attempt),
      delivery_id: deliveryId(attempt.outboxSeq),
    })),
    ...since.calls.map((call) => ({
      at: call.dateUpdated,
      kind: 'call',
      resource_sid: call.sid,
      summary: `${call.sid} ${redactText(`${call.from} → ${call.to}`)} ${call.status}${call.conductorSid === null ? '' : ` (${call.conductorSid} in ${call.conversationSid ?? ''})`}`,
    })),
    ...since.timeline
      .filter(({ kind }) => kind !== 'call')
      .map((entry) => ({
        at: entry.dateCreated,
        kind: entry.kind,
        resource_sid: entry.resourceSid,
        summary: `${entry.event} ${entry.resourceSid} in ${entry.conversationSid} ${redactText(entry.data)}`,
      })),
  ];
  items.sort((a, b) => a.at - b.at);
  return items.map(({ at, ...item }) => ({ date_created: isoDateMs(at), ...item }));
}

/** `warning 15003 CA… text (12 times since 10:00:00Z) http://…/docs/errors/15003` */
function alertLine(alert: Alert, home: string): string {
  const { logLevel, errorCode, resourceSid, alertText, occurrences, dateCreated } = alert;
  return [
    logLevel,
    errorCode,
    ...(resourceSid === null ? [] : [resourceSid]),
    alertText,
    ...(occurrences === 1
      ? []
      : [`(${occurrences} times since ${isoDateMs(dateCreated).slice(11, 19)}Z)`]),
    moreInfo(errorCode, home),
  ].join(' ');
}

function attemptText(attempt: DeliveryAttempt): string {
  const { eventType, method, url, statusCode, problem, outboxSeq, replayOf, requests } = attempt;
  const became = [statusCode, problem].filter((part) => part !== null).join(' ');
  const again = replayOf === null ? '' : `, replay of ${deliveryId(replayOf)}`;
  const repeated = requests === null || requests < 2 ? '' : ` of ${requests} requests`;
  const of = `${deliveryId(outboxSeq)}, attempt ${attempt.attempt}${repeated}${again}, ${attempt.durationMs} ms`;
  return `${eventType} ${method} ${shownUrl(url)} → ${became} (${of})`;
}
