import type { Sid } from '@tutti/ids';
import type { Alert } from '../../model/alert.ts';
import { findAlert, listAlerts } from '../../store/alerts.ts';
import { findCall } from '../../store/calls.ts';
import type { ScopedRequest } from '../conversations-v1/scope.ts';
import { moreInfo } from '../errors.ts';
import { oneOf } from '../fields.ts';
import { form } from '../form.ts';
import { checkOrder, span } from '../span.ts';
import { operation, type Routes } from '../operation.ts';
import { found } from '../path-not-found.ts';
import { page2010, rfc2822Date, type Json } from '../render.ts';
import { API_VERSION, uri2010 } from './uri.ts';

const PAGE_MAX = 1000;
/** By the number that `Log` has for each. */
const levels = ['error', 'warning', 'notice', 'debug'] as const;

const filters = form({
  Log: oneOf(['0', '1', '2', '3']),
  MessageDate: span,
  'MessageDate<': span,
  'MessageDate>': span,
});

/** Alerts as the 2010 API shows them. Twilio: usage/api/notification, voice/api/call-notification-resource */
export function notificationRoutes(routes: Routes): void {
  const { db } = routes.context;
  const ofAccount = '/2010-04-01/Accounts/:AccountSid/Notifications';
  const ofCall = '/2010-04-01/Accounts/:AccountSid/Calls/:CallSid/Notifications';

  /** The call of the path, if it names one. @throws RequestError sidNotFound */
  const callOf = async (request: ScopedRequest): Promise<Sid<'CA'> | undefined> => {
    const key = request.path['CallSid'];
    if (key === undefined) return undefined;
    const call = await findCall(db, key);
    const own = call?.accountSid === request.caller.account.sid ? call : undefined;
    return found(own, request, key, 'CA').sid;
  };

  operation(routes, {
    method: 'GET',
    path: [ofAccount, ofCall],
    parameters: filters,
    handle: async (request) => {
      const {
        Log,
        MessageDate: on,
        'MessageDate>': after,
        'MessageDate<': before,
      } = request.values;
      checkOrder(after, before, ['MessageDate>', 'MessageDate<']);
      checkOrder(after, on, ['MessageDate>', 'MessageDate']);
      checkOrder(on, before, ['MessageDate', 'MessageDate<']);
      const wanted = request.page(PAGE_MAX);
      const page = await listAlerts(
        db,
        request.caller.account.sid,
        {
          logLevel: Log === undefined ? undefined : levels[Number(Log)],
          resourceSid: await callOf(request),
          startDate: on && after ? Math.max(on.from, after.from) : (on ?? after)?.from,
          endDate: on && before ? Math.min(on.until, before.until) : (on ?? before)?.until,
        },
        wanted,
      );
      const items = page.items.map((alert) => renderNotification(alert, request.home));
      return page2010('notifications', items, request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: [`${ofAccount}/:Sid`, `${ofCall}/:Sid`],
    handle: async (request) => {
      const key = request.path['Sid'] ?? '';
      const callSid = await callOf(request);
      const alert = await findAlert(db, request.caller.account.sid, key);
      const own = callSid === undefined || alert?.resourceSid === callSid ? alert : undefined;
      const notification = found(own, request, key, 'NO');
      return {
        ...renderNotification(notification, request.home),
        request_variables: notification.requestVariables ?? '',
        response_headers: notification.responseHeaders ?? '',
        response_body: notification.responseBody ?? '',
      };
    },
  });
}

function renderNotification(alert: Alert, home: string): Json {
  const { accountSid, sid, resourceSid } = alert;
  return {
    sid,
    account_sid: accountSid,
    call_sid: resourceSid?.startsWith('CA') === true ? resourceSid : null,
    api_version: API_VERSION,
    log: String(levels.indexOf(alert.logLevel)),
    error_code: String(alert.errorCode),
    more_info: moreInfo(alert.errorCode, home),
    message_text: alert.alertText,
    message_date: rfc2822Date(alert.dateCreated),
    request_method: alert.requestMethod,
    request_url: alert.requestUrl,
    date_created: rfc2822Date(alert.dateCreated),
    date_updated: rfc2822Date(alert.dateLastOccurred),
    uri: uri2010(accountSid, `Notifications/${sid}`),
  };
}
