import type { Alert } from '../../model/alert.ts';
import { findAlert, listAlerts } from '../../store/alerts.ts';
import { moreInfo } from '../errors.ts';
import { integer, oneOf, filter } from '../fields.ts';
import { form } from '../form.ts';
import { found } from '../path-not-found.ts';
import { operation, type Routes } from '../operation.ts';
import { isoDate, productPage, type Json } from '../render.ts';
import { checkOrder, span } from '../span.ts';

const PAGE_MAX = 1000;

const filters = form({
  LogLevel: oneOf(['error', 'warning', 'notice', 'debug']),
  // Ours.
  ErrorCode: integer(0, 99_999),
  ResourceSid: filter,
  StartDate: span,
  EndDate: span,
});

/** Twilio: usage/monitor-alert */
export function alertRoutes(routes: Routes): void {
  const { db } = routes.context;

  operation(routes, {
    method: 'GET',
    path: '/v1/Alerts',
    parameters: filters,
    handle: async (request) => {
      const { LogLevel, ErrorCode, ResourceSid, StartDate, EndDate } = request.values;
      checkOrder(StartDate, EndDate);
      const wanted = request.page(PAGE_MAX);
      const page = await listAlerts(
        db,
        request.caller.account.sid,
        {
          logLevel: LogLevel,
          errorCode: ErrorCode,
          resourceSid: ResourceSid,
          startDate: StartDate?.from,
          endDate: EndDate?.until,
        },
        wanted,
      );
      const items = page.items.map((alert) => renderAlert(alert, request));
      return productPage('alerts', items, request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: '/v1/Alerts/:Sid',
    handle: async (request) => {
      const key = request.path['Sid'] ?? '';
      const alert = found(await findAlert(db, request.caller.account.sid, key), request, key, 'NO');
      return {
        ...renderAlert(alert, request),
        request_variables: alert.requestVariables ?? '',
        request_headers: alert.requestHeaders ?? '',
        response_headers: alert.responseHeaders ?? '',
        response_body: alert.responseBody ?? '',
      };
    },
  });
}

function renderAlert(
  alert: Alert,
  { base, home }: { readonly base: string; readonly home: string },
): Json {
  return {
    sid: alert.sid,
    account_sid: alert.accountSid,
    service_sid: alert.serviceSid,
    resource_sid: alert.resourceSid,
    error_code: String(alert.errorCode),
    log_level: alert.logLevel,
    alert_text: alert.alertText,
    api_version: '2010-04-01',
    more_info: moreInfo(alert.errorCode, home),
    request_method: alert.requestMethod,
    request_url: alert.requestUrl,
    date_created: isoDate(alert.dateCreated),
    date_generated: isoDate(alert.dateCreated),
    date_updated: isoDate(alert.dateLastOccurred),
    // Ours.
    occurrences: alert.occurrences,
    date_last_occurred: isoDate(alert.dateLastOccurred),
    url: `${base}/v1/Alerts/${alert.sid}`,
  };
}
