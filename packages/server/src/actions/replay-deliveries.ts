import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import { deliveryId, type Delivery } from '../model/delivery.ts';
import type { OutboxEntry } from '../model/outbox-entry.ts';
import {
  listReplayable,
  type AttemptFilter,
  type ReplayableStatus,
} from '../store/delivery-attempts.ts';
import {
  findNewestEntry,
  insertOutboxEntry,
  lockWebhookEntry,
  markReplayed,
} from '../store/outbox.ts';
import type { Tx } from '../store/transact.ts';
import type { ActionContext } from './context.ts';

/**
 * Sends a webhook again as a new delivery, which is returned, with the same parameters and the same idempotency token;
 * undefined when the account has none of that number.
 *
 * @throws RequestError deliveryUnderWay
 */
export async function replayDelivery(
  context: ActionContext,
  accountSid: Sid<'AC'>,
  seq: OutboxEntry['seq'],
): Promise<OutboxEntry | undefined> {
  const written = await context.transact(async (tx) => {
    const entry = await lockWebhookEntry(tx, accountSid, seq);
    if (entry === undefined) return undefined;
    if (entry.status === 'pending') {
      throw refusal('deliveryUnderWay', { id: deliveryId(seq), attempts: entry.attempts });
    }
    return replay(tx, context, entry);
  });
  return written && findNewestEntry(context.db, written);
}

/**
 * As `replayDelivery` for the oldest `limit` that `filter` finds. Returns the numbers of those that are sent again, and how
 * many there are beyond.
 */
export async function replayDeliveries(
  context: ActionContext,
  accountSid: Sid<'AC'>,
  filter: AttemptFilter & { readonly status: ReplayableStatus },
  limit: number,
): Promise<{ readonly seqs: readonly number[]; readonly remaining: number }> {
  return context.transact(async (tx) => {
    const { seqs, remaining } = await listReplayable(tx, accountSid, filter, limit);
    const replayed: number[] = [];
    for (const seq of seqs) {
      const entry = await lockWebhookEntry(tx, accountSid, seq);
      // Another request was first, if it is not.
      if (entry?.status !== filter.status) continue;
      await replay(tx, context, entry);
      replayed.push(seq);
    }
    return { seqs: replayed, remaining };
  });
}

async function replay(
  tx: Tx,
  { clock }: ActionContext,
  { seq, accountSid, orderingKey, payload, status }: OutboxEntry,
): Promise<Parameters<typeof insertOutboxEntry>[1]> {
  const delivery: Delivery = { ...(JSON.parse(payload) as Delivery), replayOf: seq };
  const again = {
    accountSid,
    orderingKey,
    kind: 'webhook',
    payload: JSON.stringify(delivery),
    dateCreated: clock.now(),
  } as const;
  insertOutboxEntry(tx, again);
  // What failed is found by its status once only.
  if (status === 'failed') await markReplayed(tx, seq);
  return again;
}
