import { isoDate } from '../base/http-date.ts';
import type { Account } from '../model/account.ts';
import type { Alert } from '../model/alert.ts';
import { findDebuggerWebhook } from '../store/debugger-webhooks.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import { enqueue } from './announce.ts';
import type { ActionContext } from './context.ts';

/**
 * Writes the account's debugger webhook for an alert into the outbox, if it has one. It carries what is kept of the
 * alert, so no secret either. Twilio: usage/troubleshooting/debugging-event-webhooks
 */
export async function tellDebugger(
  tx: Tx,
  { ids, clock }: Pick<ActionContext, 'ids' | 'clock'>,
  account: Pick<Account, 'parentSid'> | undefined,
  alert: New<Alert>,
  status: number | undefined,
): Promise<void> {
  const { accountSid } = alert;
  const webhook = await findDebuggerWebhook(tx, accountSid);
  if (webhook?.url == null) return;
  enqueue(tx, { clock }, { accountSid }, `debugger ${accountSid}`, {
    source: 'debugger',
    eventType: 'alert',
    resourceSid: alert.sid,
    url: webhook.url,
    method: 'POST',
    parameters: {
      Sid: alert.sid,
      AccountSid: accountSid,
      ParentAccountSid: account?.parentSid ?? '',
      Timestamp: isoDate(alert.dateLastOccurred),
      Level: alert.logLevel.toUpperCase(),
      PayloadType: 'application/json',
      Payload: JSON.stringify(payloadOf(alert, status)),
    },
    idempotencyToken: ids.uuid(),
  });
}

function payloadOf(alert: New<Alert>, status: number | undefined): unknown {
  const { requestMethod, requestUrl, responseHeaders, responseBody } = alert;
  return {
    resource_sid: alert.resourceSid,
    service_sid: alert.serviceSid,
    error_code: String(alert.errorCode),
    more_info: {
      Msg: alert.alertText,
      ErrorCode: String(alert.errorCode),
      LogLevel: alert.logLevel.toUpperCase(),
      sourceComponent: 'tutti',
      ...(requestUrl !== null && { url: requestUrl }),
      ...(status !== undefined && { httpResponse: String(status) }),
      occurrences: String(alert.occurrences),
    },
    webhook:
      requestUrl === null
        ? null
        : {
            type: 'application/json',
            request: {
              method: requestMethod,
              url: requestUrl,
              headers: pairs(alert.requestHeaders),
              parameters: pairs(alert.requestVariables),
            },
            response:
              status === undefined
                ? null
                : {
                    status_code: status,
                    headers: pairs(responseHeaders),
                    body: responseBody ?? '',
                  },
          },
  };
}

function pairs(encoded: string | null): Readonly<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(encoded ?? ''));
}
