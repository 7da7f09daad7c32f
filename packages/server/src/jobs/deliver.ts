import type { ActionContext } from '../actions/context.ts';
import { alertNamed, type NewAlert } from '../actions/raise-alert.ts';
import { recordDelivery, type DeliveryOutcome } from '../actions/record-delivery.ts';
import { alertText } from '../base/app-error.ts';
import { catalogue } from '../base/error-catalogue.ts';
import { alertedExchange } from '../callback/alerted-exchange.ts';
import { overrideAlerts } from '../callback/fetch-alert.ts';
import type { BadAnswer, CallbackAnswer } from '../callback/send.ts';
import { shownUrl } from '../callback/target.ts';
import { receiverOf, type Delivery } from '../model/delivery.ts';
import type { OutboxEntry } from '../model/outbox-entry.ts';
import { findAccount } from '../store/accounts.ts';
import { outlast } from './outlast.ts';
import { FAILURES_MAX, type Turn } from './turns.ts';

/** The longest pauses before the second and later attempts; after the last the delivery has failed. */
const PAUSES_MS = [1000, 4000, 15_000, 60_000];
/** The longest that a receiver is let wait by its own wish. */
export const RETRY_AFTER_MAX_MS = 300_000;
/** How old an event may be that waits for a receiver that is down. */
export const WAIT_MAX_MS = 3_600_000;
/** Twilio: conversations/conversations-webhooks, five seconds for each */
const CONVERSATION_TIMEOUT_MS = 5000;
const TIMEOUT_MS = 15_000;

/**
 * Sends a webhook once and keeps what came of it, waiting for the database where it must; returns the entry as it is
 * to be tried again, if it is.
 */
export async function deliver(
  context: ActionContext,
  entry: OutboxEntry,
  delivery: Delivery,
  turn: Turn,
  signal: AbortSignal,
): Promise<OutboxEntry | undefined> {
  const { clock } = context;
  const account = await outlast(context, signal, () => findAccount(context.db, entry.accountSid));
  const ofConversation = delivery.source === 'conversation';
  const answer = await context.sender.send({
    method: delivery.method,
    url: delivery.url,
    parameters: delivery.parameters,
    authToken: account?.authToken,
    idempotencyToken: delivery.idempotencyToken,
    timeouts: { totalMs: ofConversation ? CONVERSATION_TIMEOUT_MS : TIMEOUT_MS },
    overrides: !ofConversation,
    signal,
  });
  // Stopped by ourselves: the attempt never counted, the entry stays pending.
  if (!answer.ok && answer.givenUp) return undefined;

  const isUp = tellsUp(answer);
  const change = isUp === undefined ? undefined : turn.answered(isUp);
  if (change === 'closed') context.log.info({ host: receiverOf(delivery) }, 'receiver is up again');
  if (change === 'opened') context.log.warn({ host: receiverOf(delivery) }, 'receiver is down');

  const pauseMs = pauseBefore(entry.attempts + 1, answer, context);
  const again = !answer.ok && isTransient(answer) && pauseMs !== undefined;
  const dateAvailable = again ? clock.now() + pauseMs : clock.now();
  const outcome: DeliveryOutcome = {
    requests: answer.attempts,
    statusCode: answer.status ?? null,
    errorCode: answer.ok ? null : catalogue[answer.errorName].code,
    problem: answer.ok ? null : problemOf(answer),
    durationMs: answer.durationMs,
    status: answer.ok ? 'done' : again ? 'pending' : 'failed',
    dateAvailable,
    alerts: alertsOf(entry, delivery, answer, turn, change === 'opened'),
  };
  tellOf(context, entry, delivery, outcome);
  const stands = await outlast(context, signal, () =>
    recordDelivery(context, entry, delivery, outcome),
  );
  return again && stands ? { ...entry, attempts: entry.attempts + 1, dateAvailable } : undefined;
}

/** Keeps that a webhook is not sent any more: its receiver has been down for too long. */
export async function giveUp(
  context: ActionContext,
  entry: OutboxEntry,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<void> {
  const problem = `it was not sent: ${receiverOf(delivery)} was down, and the event is an hour old`;
  const outcome: DeliveryOutcome = {
    requests: 0,
    statusCode: null,
    errorCode: catalogue.receiverDown.code,
    problem,
    durationMs: 0,
    status: 'failed',
    dateAvailable: context.clock.now(),
    // Told when the receiver went down.
    alerts: [],
  };
  await outlast(context, signal, () => recordDelivery(context, entry, delivery, outcome));
}

/** Whether the receiver does its part, as far as the answer tells. */
function tellsUp(answer: CallbackAnswer): boolean | undefined {
  if (answer.ok) return true;
  // Nobody asked it.
  if (answer.errorName === 'fetchBadUrl' || answer.errorName === 'fetchAddressRefused')
    return undefined;
  if (answer.errorName === 'fetchFailed') return answer.status !== undefined && answer.status < 500;
  return !isTransient(answer);
}

/** How long to wait before the attempt of that number; undefined when there is none. */
function pauseBefore(
  attempt: number,
  answer: CallbackAnswer,
  { clock, ids }: Pick<ActionContext, 'clock' | 'ids'>,
): number | undefined {
  const longest = PAUSES_MS[attempt - 1];
  if (longest === undefined) return undefined;
  // What failed together is not tried together.
  const own = Math.round(longest * (0.5 + ids.fraction() / 2));
  const wished = answer.status === 429 || answer.status === 503 ? answer.headers : undefined;
  return Math.max(own, readRetryAfter(wished?.['retry-after'], clock.now()));
}

/** Milliseconds from now, bounded. RFC 9110 §10.2.3 */
function readRetryAfter(text: string | undefined, now: number): number {
  if (text === undefined) return 0;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? 0 : Math.min(ms, RETRY_AFTER_MAX_MS);
}

function tellOf(
  { metrics, log }: ActionContext,
  { accountSid, attempts }: OutboxEntry,
  { source, eventType, resourceSid }: Delivery,
  { status, statusCode, errorCode, durationMs }: DeliveryOutcome,
): void {
  const outcome = status === 'pending' ? 'retry' : status;
  metrics.deliveryDuration.with(source, outcome).observe(durationMs / 1000);
  log.info(
    {
      accountSid,
      event: eventType,
      resourceSid,
      attempt: attempts + 1,
      outcome,
      status: statusCode,
      errorCode,
      durationMs: Math.round(durationMs),
    },
    'delivery attempted',
  );
}

/**
 * Whether the same request may succeed later: no whole answer, whatever status it began with; a server's fault; or too
 * many requests.
 */
function isTransient({ errorName, status = 0 }: BadAnswer): boolean {
  switch (errorName) {
    case 'fetchBadUrl':
    case 'fetchAddressRefused':
    case 'fetchRedirects':
    case 'fetchBadRedirect':
    case 'responseTooLarge':
      return false;
    case 'fetchFailed':
      return status >= 500 || status === 429;
    default:
      return true;
  }
}

/**
 * Of each delivery its first failure, and what of its URL was not used, while whoever is testing is still looking; of a
 * receiver that is down only that. None of the debugger webhook, which would be told of it by the same webhook, and so on
 * without end.
 */
function alertsOf(
  entry: OutboxEntry,
  delivery: Delivery,
  answer: CallbackAnswer,
  turn: Turn,
  isOpened: boolean,
): NewAlert[] {
  if (delivery.source === 'debugger') return [];
  const isFirst = entry.attempts === 0;
  const alerts = isFirst ? unusedOverrides(entry, delivery, answer) : [];
  if (answer.ok) return alerts;
  if (isFirst && !turn.isProbe) alerts.push(alertOf(entry, delivery, answer));
  if (isOpened) alerts.push(downAlert(entry, delivery, answer));
  return alerts;
}

function unusedOverrides(
  { accountSid }: OutboxEntry,
  delivery: Delivery,
  answer: CallbackAnswer,
): NewAlert[] {
  return overrideAlerts(delivery, answer).map(({ code, ...alert }) => ({
    ...alert,
    accountSid,
    errorCode: code,
    resourceSid: delivery.resourceSid,
  }));
}

function downAlert(entry: OutboxEntry, delivery: Delivery, answer: BadAnswer): NewAlert {
  const url = shownUrl(delivery.url);
  return {
    accountSid: entry.accountSid,
    ...alertNamed('receiverDown', {
      host: receiverOf(delivery),
      count: FAILURES_MAX,
      url,
      problem: `${problemOf(answer).replace(/\.$/, '')}.`,
    }),
    resourceSid: delivery.resourceSid,
    exchange: alertedExchange(delivery, answer),
  };
}

function alertOf(entry: OutboxEntry, delivery: Delivery, answer: BadAnswer): NewAlert {
  const { eventType: event } = delivery;
  const url = shownUrl(delivery.url);
  const timedOut =
    answer.errorName === 'fetchTimeout' || answer.errorName === 'fetchConnectTimeout';
  const refused = answer.errorName === 'fetchAddressRefused';
  const byDoor = { call: 'statusCallbackFailed', conference: 'conferenceCallbackFailed' } as const;
  const name = refused
    ? answer.errorName
    : delivery.source === 'call' || delivery.source === 'conference'
      ? byDoor[delivery.source]
      : timedOut
        ? 'webhookTimeout'
        : 'webhookFailed';
  const problem = refused
    ? answer.problem
    : `${problemOf(answer)} (${catalogue[answer.errorName].code})`;
  return {
    accountSid: entry.accountSid,
    ...alertNamed(name, { url, event, problem, limit: CONVERSATION_TIMEOUT_MS }),
    resourceSid: delivery.resourceSid,
    exchange: alertedExchange(delivery, answer),
  };
}

/** What went wrong, as a sentence behind the URL. */
function problemOf({ errorName, problem }: BadAnswer): string {
  return alertText(errorName, { url: 'it', problem });
}
