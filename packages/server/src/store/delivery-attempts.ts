import { sql, type SelectQueryBuilder } from 'kysely';
import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';
import type { Page, PageRequest } from '../base/page.ts';
import type { DeliveryAttempt } from '../model/delivery-attempt.ts';
import type { OutboxEntry } from '../model/outbox-entry.ts';
import type { Db } from './open-store.ts';
import { paged } from './paged.ts';
import type { New, Schema } from './schema.ts';
import type { Tx } from './transact.ts';

export interface AttemptFilter {
  readonly outboxSeq?: number | undefined;
  readonly resourceSid?: string | undefined;
  readonly eventType?: string | undefined;
  /** Of the delivery, as it is now. */
  readonly status?: OutboxEntry['status'] | undefined;
  readonly host?: string | undefined;
  readonly startDate?: Instant | undefined;
  readonly endDate?: Instant | undefined;
}

export async function listDeliveryAttempts(
  db: Db,
  accountSid: Sid<'AC'>,
  filter: AttemptFilter,
  page: PageRequest,
): Promise<Page<DeliveryAttempt>> {
  return paged(filtered(db, accountSid, filter).selectAll(), page, 'newest-first');
}

function filtered(
  db: Db | Tx,
  accountSid: Sid<'AC'>,
  filter: AttemptFilter,
): SelectQueryBuilder<Schema, 'deliveryAttempts', object> {
  const { outboxSeq, resourceSid, eventType, status, host, startDate, endDate } = filter;
  let query = db.selectFrom('deliveryAttempts').where('accountSid', '=', accountSid);
  if (outboxSeq !== undefined) query = query.where('outboxSeq', '=', outboxSeq);
  if (resourceSid !== undefined) query = query.where('resourceSid', '=', resourceSid);
  if (eventType !== undefined) query = query.where('eventType', '=', eventType);
  if (host !== undefined) query = query.where('host', '=', host);
  if (startDate !== undefined) query = query.where('dateCreated', '>=', startDate);
  if (endDate !== undefined) query = query.where('dateCreated', '<=', endDate);
  if (status !== undefined) {
    query = query.where((where) =>
      where.exists(
        where
          .selectFrom('outbox')
          .select('outbox.seq')
          .whereRef('outbox.seq', '=', 'deliveryAttempts.outboxSeq')
          .where('outbox.status', '=', status),
      ),
    );
  }
  return query;
}

/** What became of a delivery; only that can be sent again. */
export type ReplayableStatus = Exclude<OutboxEntry['status'], 'pending'>;

/** The oldest deliveries with an attempt that `filter` finds, and how many there are beyond. */
export async function listReplayable(
  tx: Tx,
  accountSid: Sid<'AC'>,
  filter: AttemptFilter & { readonly status: ReplayableStatus },
  limit: number,
): Promise<{ readonly seqs: readonly number[]; readonly remaining: number }> {
  const rows = await filtered(tx, accountSid, filter)
    .select('outboxSeq')
    .distinct()
    .orderBy('outboxSeq')
    .limit(limit)
    .execute();
  const { count } = await filtered(tx, accountSid, filter)
    .select(sql<number>`count(distinct ${sql.ref('outboxSeq')})`.as('count'))
    .executeTakeFirstOrThrow();
  return { seqs: rows.map(({ outboxSeq }) => outboxSeq), remaining: count - rows.length };
}

export async function insertDeliveryAttempt(tx: Tx, attempt: New<DeliveryAttempt>): Promise<void> {
  await tx.insertInto('deliveryAttempts').values(attempt).execute();
}
