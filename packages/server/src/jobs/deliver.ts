import type { ActionContext } from '../actions/context.ts';
import type { NewAlert } from '../actions/raise-alert.ts';
import { recordDelivery, type DeliveryOutcome } from '../actions/record-delivery.ts';
import { alertText } from '../base/app-error.ts';
import { catalogue } from '../base/error-catalogue.ts';
import type { BadAnswer, CallbackAnswer } from '../callback/send.ts';
import { shownUrl } from '../callback/target.ts';
import type { Delivery } from '../model/delivery.ts';
import type { OutboxEntry } from '../model/outbox-entry.ts';
import { findAccount } from '../store/accounts.ts';
import { outlast } from './outlast.ts';

/** Pauses before the second and later attempts; after the last the delivery has failed. */
const RETRY_AFTER_MS = [1000, 4000, 15_000, 60_000];
/** Twilio: conversations/conversations-webhooks, five seconds for each */
const CONVERSATION_TIMEOUT_MS = 5000;
const CALL_TIMEOUT_MS = 15_000;

/**
 * Sends a webhook once and keeps what came of it, waiting for the database where it must; returns the entry as it is
 * to be tried again, if it is.
 */
export async function deliver(
  context: ActionContext,
  entry: OutboxEntry,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<OutboxEntry | undefined> {
  const { clock } = context;
  const account = await outlast(context, signal, () => findAccount(context.db, entry.accountSid));
  const ofCall = delivery.source === 'call';
  const answer = await context.sender.send({
    method: delivery.method,
    url: delivery.url,
    parameters: delivery.parameters,
    authToken: account?.authToken,
    idempotencyToken: delivery.idempotencyToken,
    timeouts: { totalMs: ofCall ? CALL_TIMEOUT_MS : CONVERSATION_TIMEOUT_MS },
    overrides: ofCall,
    signal,
  });
  // Stopped by ourselves: the attempt never counted, the entry stays pending.
  if (!answer.ok && answer.givenUp) return undefined;

  const retryAfterMs = RETRY_AFTER_MS[entry.attempts];
  const again = !answer.ok && isTransient(answer) && retryAfterMs !== undefined;
  const dateAvailable = again ? clock.now() + retryAfterMs : clock.now();
  const outcome: DeliveryOutcome = {
    statusCode: answer.status ?? null,
    errorCode: answer.ok ? null : catalogue[answer.errorName].code,
    problem: answer.ok ? null : problemOf(answer),
    durationMs: answer.durationMs,
    status: answer.ok ? 'done' : again ? 'pending' : 'failed',
    dateAvailable,
    // Told at the first failure, while whoever is testing is still looking.
    alert: answer.ok || entry.attempts > 0 ? undefined : alertOf(entry, delivery, answer),
  };
  await outlast(context, signal, () => recordDelivery(context, entry, delivery, outcome));
  return again ? { ...entry, attempts: entry.attempts + 1, dateAvailable } : undefined;
}

/** Whether the same request may succeed later: no answer, a server's fault, or too many requests. */
function isTransient(answer: BadAnswer): boolean {
  if (answer.errorName === 'fetchBadUrl' || answer.errorName === 'fetchAddressRefused')
    return false;
  return answer.status === undefined || answer.status >= 500 || answer.status === 429;
}

function alertOf(entry: OutboxEntry, delivery: Delivery, answer: BadAnswer): NewAlert {
  const { eventType: event } = delivery;
  const url = shownUrl(delivery.url);
  const timedOut =
    answer.errorName === 'fetchTimeout' || answer.errorName === 'fetchConnectTimeout';
  const refused = answer.errorName === 'fetchAddressRefused';
  const ofCall = delivery.source === 'call';
  const name = refused
    ? answer.errorName
    : ofCall
      ? 'statusCallbackFailed'
      : timedOut
        ? 'webhookTimeout'
        : 'webhookFailed';
  const problem = refused
    ? answer.problem
    : `${problemOf(answer)} (${catalogue[answer.errorName].code})`;
  return {
    accountSid: entry.accountSid,
    errorCode: catalogue[name].code,
    level: catalogue[name].alert,
    text: alertText(name, { url, event, problem, limit: CONVERSATION_TIMEOUT_MS }),
    resourceSid: delivery.resourceSid,
    exchange: {
      method: delivery.method,
      url,
      variables: new URLSearchParams(delivery.parameters).toString(),
      responseHeaders: headersText(answer),
      responseBody: answer.body?.toString('utf8'),
    },
  };
}

/** What went wrong, as a sentence behind the URL. */
function problemOf({ errorName, problem }: BadAnswer): string {
  return alertText(errorName, { url: 'it', problem });
}

function headersText(answer: CallbackAnswer): string | undefined {
  return answer.headers && new URLSearchParams(answer.headers).toString();
}
