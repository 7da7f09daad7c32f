import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import { deliveryId, type Delivery } from '../model/delivery.ts';
import type { OutboxEntry } from '../model/outbox-entry.ts';
import { listReplayable, type ReplayFilter } from '../store/delivery-attempts.ts';
import { writtenEntry, type NewOutboxEntry } from '../store/outbox-buffer.ts';
import { insertOutboxEntry, lockWebhookEntry, markReplayed } from '../store/outbox.ts';
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
  const replay = await context.transact(async (tx) => {
    const entry = await lockWebhookEntry(tx, accountSid, seq);
    if (entry === undefined) return undefined;
    if (entry.status === 'pending') {
      throw refusal('deliveryUnderWay', { id: deliveryId(seq), attempts: entry.attempts });
    }
    return sendAgain(tx, context, entry);
  });
  return replay && writtenEntry(replay);
}

export interface Replays {
  readonly replays: readonly { readonly seq: number; readonly replayOf: number }[];
  /** Whether `filter` finds others beyond. */
  readonly hasMore: boolean;
}

/** As `replayDelivery` for the oldest `limit` that `filter` finds. */
export async function replayDeliveries(
  context: ActionContext,
  accountSid: Sid<'AC'>,
  filter: ReplayFilter,
  limit: number,
): Promise<Replays> {
  const found = await listReplayable(context.db, accountSid, filter, limit + 1);
  const written = await context.transact(async (tx) => {
    const replays: { readonly replay: NewOutboxEntry; readonly replayOf: number }[] = [];
    for (const seq of found.slice(0, limit)) {
      const entry = await lockWebhookEntry(tx, accountSid, seq);
      // Another request was first, if it is not.
      if (entry?.status !== filter.status) continue;
      replays.push({ replay: await sendAgain(tx, context, entry), replayOf: seq });
    }
    return replays;
  });
  const replays = written.flatMap(({ replay, replayOf }) => {
    const entry = writtenEntry(replay);
    return entry === undefined ? [] : { seq: entry.seq, replayOf };
  });
  return { replays, hasMore: found.length > limit };
}

async function sendAgain(
  tx: Tx,
  { clock }: ActionContext,
  { seq, accountSid, orderingKey, payload, status }: OutboxEntry,
): Promise<NewOutboxEntry> {
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
