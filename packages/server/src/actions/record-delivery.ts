import { redactText } from '../base/redact.ts';
import { receiverOf, type Delivery } from '../model/delivery.ts';
import type { DeliveryAttempt } from '../model/delivery-attempt.ts';
import type { OutboxEntry } from '../model/outbox-entry.ts';
import { insertDeliveryAttempt } from '../store/delivery-attempts.ts';
import { deleteOutboxEntry, isOutboxEntry, updatePendingEntry } from '../store/outbox.ts';
import type { ActionContext } from './context.ts';
import { addAlert, type NewAlert } from './raise-alert.ts';

export interface DeliveryOutcome {
  readonly requests: number;
  readonly statusCode: number | null;
  readonly errorCode: number | null;
  readonly problem: string | null;
  readonly durationMs: number;
  /** done, failed for good, or pending until `dateAvailable`. */
  readonly status: OutboxEntry['status'];
  readonly dateAvailable: number;
  readonly alerts: readonly NewAlert[];
}

/**
 * Keeps what came of one attempt to send a webhook; false when the delivery was no more as `entry` says, because another
 * server has sent it meanwhile: what that one found stands, and the attempt is kept all the same.
 */
export async function recordDelivery(
  context: ActionContext,
  entry: OutboxEntry,
  delivery: Delivery,
  outcome: DeliveryOutcome,
): Promise<boolean> {
  const attempt: Omit<DeliveryAttempt, 'seq'> = {
    outboxSeq: entry.seq,
    accountSid: entry.accountSid,
    eventType: delivery.eventType,
    resourceSid: delivery.resourceSid,
    method: delivery.method,
    url: delivery.url,
    host: receiverOf(delivery),
    idempotencyToken: delivery.idempotencyToken,
    replayOf: delivery.replayOf ?? null,
    attempt: entry.attempts + 1,
    requests: outcome.requests,
    statusCode: outcome.statusCode,
    errorCode: outcome.errorCode,
    // It may quote what the receiver answered.
    problem: outcome.problem === null ? null : redactText(outcome.problem),
    durationMs: Math.round(outcome.durationMs),
    dateCreated: context.clock.now(),
  };
  const change = {
    status: outcome.status,
    attempts: entry.attempts + 1,
    dateAvailable: outcome.dateAvailable,
  };
  const stands = await context.transact(async (tx) => {
    const isFirst = await updatePendingEntry(tx, entry, change);
    // Written by us, when the connection broke before it was said that it was committed.
    if (!isFirst && (await isOutboxEntry(tx, entry.seq, change))) return true;
    await insertDeliveryAttempt(tx, attempt);
    for (const alert of outcome.alerts) await addAlert(tx, context, alert);
    return isFirst;
  });
  if (!stands) context.log.warn({ seq: entry.seq }, 'delivery sent by another server, too');
  return stands;
}

/** Takes news that every door has heard out of the outbox. */
export async function forgetNews(context: ActionContext, entry: OutboxEntry): Promise<void> {
  await context.transact((tx) => deleteOutboxEntry(tx, entry.seq));
}
