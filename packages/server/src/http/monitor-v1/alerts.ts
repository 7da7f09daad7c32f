import { refusal } from '../../base/app-error.ts';
import type { Instant } from '../../base/clock.ts';
import type { Alert } from '../../model/alert.ts';
import { findAlert, listAlerts } from '../../store/alerts.ts';
import { moreInfo } from '../errors.ts';
import { oneOf } from '../fields.ts';
import { form, type Field } from '../form.ts';
import { found } from '../path-not-found.ts';
import { operation, type Routes } from '../operation.ts';
import { isoDate, productPage, type Json } from '../render.ts';

const PAGE_MAX = 1000;
const SECOND_MS = 1000;
const DAY_MS = 86_400_000;

/** The moments that a date or time names, from its first to its last millisecond. */
interface Span {
  readonly from: Instant;
  readonly until: Instant;
}

const span: Field<Span> = {
  read: (values, name) => {
    const given = values.at(-1) ?? '';
    const from = /^\d{4}-\d{2}-\d{2}/.test(given) ? Date.parse(given) : Number.NaN;
    if (Number.isNaN(from)) {
      throw refusal('invalidParameter', {
        name,
        problem: `${given} was given; a date is expected, as 2026-11-22 or 2026-11-22T10:00:00Z.`,
      });
    }
    const lengthMs = given.includes('T') ? (given.includes('.') ? 1 : SECOND_MS) : DAY_MS;
    return { from, until: from + lengthMs - 1 };
  },
};

const filters = form({
  LogLevel: oneOf(['error', 'warning', 'notice', 'debug']),
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
      const { LogLevel, StartDate, EndDate } = request.values;
      if (StartDate !== undefined && EndDate !== undefined && EndDate.until < StartDate.from) {
        throw refusal('invalidParameter', {
          name: 'EndDate',
          problem: 'it is before StartDate, so no alert can be between them.',
        });
      }
      const wanted = request.page(PAGE_MAX);
      const page = await listAlerts(
        db,
        request.caller.account.sid,
        { logLevel: LogLevel, startDate: StartDate?.from, endDate: EndDate?.until },
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
    date_updated: isoDate(alert.dateCreated),
    url: `${base}/v1/Alerts/${alert.sid}`,
  };
}
