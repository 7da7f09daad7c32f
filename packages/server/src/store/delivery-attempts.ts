import type { SelectQueryBuilder } from 'kysely';
import type { Sid } from '@tutti/ids';
import { afterPoll, type Instant } from '../base/clock.ts';
import type { Page, PageRequest } from '../base/page.ts';
import type { DeliveryAttempt } from '../model/delivery-attempt.ts';
import type { OutboxEntry } from '../model/outbox-entry.ts';
import type { Db } from './open-store.ts';
import { listWebhookSeqs, ofStatus } from './outbox.ts';
import { paged } from './paged.ts';
import type { New, Schema } from './schema.ts';
import type { Tx } from './transact.ts';

export interface AttemptFilter {
  readonly outboxSeq?: number | undefined;
  readonly resourceSid?: string | undefined;
  readonly eventType?: string | undefined;
  readonly host?: string | undefined;
  readonly startDate?: Instant | undefined;
  readonly endDate?: Instant | undefined;
}

/**
 * Those of deliveries of `status`, as it is now, where that is given. None is sorted, and none is read beyond the page but
 * attempts that failed of deliveries which are done by now.
 */
export async function listDeliveryAttempts(
  db: Db,
  accountSid: Sid<'AC'>,
  filter: AttemptFilter & { readonly status?: OutboxEntry['status'] | undefined },
  page: PageRequest,
): Promise<Page<DeliveryAttempt>> {
  let query = filtered(db.selectFrom('deliveryAttempts'), accountSid, filter);
  const { status } = filter;
  if (status === 'pending') {
    // As many as wait.
    query = query.where('outboxSeq', 'in', (where) =>
      ofStatus(where.selectFrom('outbox').select('outbox.seq'), status).where(
        'outbox.accountSid',
        '=',
        accountSid,
      ),
    );
  } else if (status !== undefined) {
    // Nearly all are done: of the newest attempts few are passed over. Of those given up every attempt failed.
    if (status !== 'done') query = query.where('errorCode', 'is not', null);
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
  return paged(query.selectAll(), page, 'newest-first');
}

type Attempts = SelectQueryBuilder<Schema, 'deliveryAttempts', object>;

function filtered(attempts: Attempts, accountSid: Sid<'AC'>, filter: AttemptFilter): Attempts {
  const { outboxSeq, resourceSid, eventType, host, startDate, endDate } = filter;
  let query = attempts.where('accountSid', '=', accountSid);
  if (outboxSeq !== undefined) query = query.where('outboxSeq', '=', outboxSeq);
  if (resourceSid !== undefined) query = query.where('resourceSid', '=', resourceSid);
  if (eventType !== undefined) query = query.where('eventType', '=', eventType);
  if (host !== undefined) query = query.where('host', '=', host);
  if (startDate !== undefined) query = query.where('dateCreated', '>=', startDate);
  if (endDate !== undefined) query = query.where('dateCreated', '<=', endDate);
  return query;
}

/** What became of a delivery; only that can be sent again. */
type ReplayableStatus = Exclude<OutboxEntry['status'], 'pending' | 'replayed'>;

export interface ReplayFilter extends AttemptFilter {
  readonly status: ReplayableStatus;
  /** Only deliveries made after that one. */
  readonly afterSeq?: number | undefined;
}

/** Deliveries looked at in one statement: on SQLite nothing else is done meanwhile. */
const STRETCH = 1000;

/**
 * The numbers of the oldest deliveries with an attempt that `filter` finds, `limit` at most. A replay of a delivery that
 * was done is none of those that are done: whoever sends these again in stretches would never come to an end.
 */
export async function listReplayable(
  db: Db,
  accountSid: Sid<'AC'>,
  filter: ReplayFilter,
  limit: number,
): Promise<readonly number[]> {
  const found: number[] = [];
  let { afterSeq } = filter;
  for (;;) {
    const wanted = { status: filter.status, afterSeq: afterSeq ?? 0, limit: STRETCH };
    const stretch = await listWebhookSeqs(db, accountSid, wanted);
    if (stretch.length > 0) found.push(...(await listMatching(db, accountSid, filter, stretch)));
    afterSeq = stretch.at(-1);
    if (stretch.length < STRETCH || found.length >= limit) return found.slice(0, limit);
    await new Promise<void>(afterPoll);
  }
}

/** Those of the deliveries `seqs` with an attempt that `filter` finds, in order. */
async function listMatching(
  db: Db,
  accountSid: Sid<'AC'>,
  filter: ReplayFilter,
  seqs: readonly number[],
): Promise<number[]> {
  // Those of the stretch first: without statistics SQLite would take the index of a filter, and read all that it has.
  const attempts = db
    .with(
      (cte) => cte('attempts').materialized(),
      (each) => each.selectFrom('deliveryAttempts').selectAll().where('outboxSeq', 'in', seqs),
    )
    .selectFrom('attempts as deliveryAttempts') as unknown as Attempts;
  let query = filtered(attempts, accountSid, filter).select('outboxSeq').distinct();
  if (filter.status === 'done') {
    query = query.where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('outbox')
            .select('outbox.seq')
            .whereRef('outbox.seq', '=', 'deliveryAttempts.replayOf')
            .where('outbox.status', '=', 'done'),
        ),
      ),
    );
  }
  const rows = await query.orderBy('outboxSeq').execute();
  return rows.map(({ outboxSeq }) => outboxSeq);
}

export async function insertDeliveryAttempt(tx: Tx, attempt: New<DeliveryAttempt>): Promise<void> {
  await tx.insertInto('deliveryAttempts').values(attempt).execute();
}
