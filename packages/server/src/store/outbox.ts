import { sql, type SelectQueryBuilder } from 'kysely';
import type { Sid } from '@tutti/ids';
import type { OutboxEntry } from '../model/outbox-entry.ts';
import { held } from './locks.ts';
import type { Db } from './open-store.ts';
import { outboxBuffer, type NewOutboxEntry } from './outbox-buffer.ts';
import { prepared } from './prepared.ts';
import type { Schema } from './schema.ts';
import { findSettledSeq } from './settled-seq.ts';
import type { Tx } from './transact.ts';

/** As text of the statement: an index of the pending entries alone serves only who asks for these by that word. */
const pendingStatus = sql.lit('pending' as const);

const pendingAfter = prepared<{ afterSeq: number; belowSeq: number; limit: number }, OutboxEntry>(
  (db, p) =>
    db
      .selectFrom('outbox')
      .selectAll()
      .where('status', '=', pendingStatus)
      .where('seq', '>', p('afterSeq'))
      .where('seq', '<', p('belowSeq'))
      .orderBy('seq')
      .limit(p('limit')),
);

/**
 * Entries not yet sent with a seq above `afterSeq`, oldest first. None appears later with a seq below one that was
 * listed, so reading on from the last one misses nothing.
 */
export async function listPendingOutbox(
  db: Db | Tx,
  afterSeq: number,
  limit: number,
): Promise<OutboxEntry[]> {
  return pendingAfter(db, { afterSeq, belowSeq: await findEnd(db), limit });
}

async function findEnd(db: Db | Tx): Promise<number> {
  return (await findSettledSeq(db)) ?? Number.MAX_SAFE_INTEGER;
}

const placesAfter = prepared<
  { afterSeq: number; belowSeq: number; limit: number },
  Pick<OutboxEntry, 'seq' | 'orderingKey'>
>((db, p) =>
  db
    .selectFrom('outbox')
    .select(['seq', 'orderingKey'])
    .where('status', '=', pendingStatus)
    .where('seq', '>', p('afterSeq'))
    .where('seq', '<', p('belowSeq'))
    .orderBy('seq')
    .limit(p('limit')),
);

/** As `listPendingOutbox`, of each entry only where it stands. */
export async function listPendingPlaces(
  db: Db,
  afterSeq: number,
  limit: number,
): Promise<Pick<OutboxEntry, 'seq' | 'orderingKey'>[]> {
  return placesAfter(db, { afterSeq, belowSeq: await findEnd(db), limit });
}

/** Of the entries of those numbers what is not yet sent, in order. */
export async function listPendingOf(db: Db, seqs: readonly number[]): Promise<OutboxEntry[]> {
  return db
    .selectFrom('outbox')
    .selectAll()
    .where('seq', 'in', seqs)
    .where('status', '=', 'pending')
    .orderBy('seq')
    .execute();
}

export async function countPendingOutbox(db: Db): Promise<number> {
  const { pending: count } = await db
    .selectFrom('outbox')
    .select(({ fn }) => fn.countAll().as('pending'))
    .where('status', '=', pendingStatus)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** The account's entries of those numbers, whatever became of them. */
export async function listOutboxEntries(
  db: Db,
  accountSid: Sid<'AC'>,
  seqs: readonly number[],
): Promise<OutboxEntry[]> {
  if (seqs.length === 0) return [];
  return db
    .selectFrom('outbox')
    .selectAll()
    .where('seq', 'in', seqs)
    .where('accountSid', '=', accountSid)
    .where('kind', '=', 'webhook')
    .execute();
}

/** As text of the statement, for the index of these alone. */
const givenUp = (['failed', 'replayed'] as const).map((status) => sql.lit(status));

/** Narrows a query of the outbox to one status such that an index of a few statuses can serve it. */
export function ofStatus<O>(
  query: SelectQueryBuilder<Schema, 'outbox', O>,
  status: OutboxEntry['status'],
): SelectQueryBuilder<Schema, 'outbox', O> {
  const isGivenUp = status === 'failed' || status === 'replayed';
  const indexed = isGivenUp ? query.where('outbox.status', 'in', givenUp) : query;
  return indexed.where('outbox.status', '=', sql.lit(status));
}

/** Numbers of the account's webhooks of that status above `afterSeq`, oldest first. */
export async function listWebhookSeqs(
  db: Db,
  accountSid: Sid<'AC'>,
  { status, afterSeq, limit }: { status: OutboxEntry['status']; afterSeq: number; limit: number },
): Promise<number[]> {
  const webhooks = db
    .selectFrom('outbox')
    .select('seq')
    .where('accountSid', '=', accountSid)
    .where('kind', '=', 'webhook')
    .where('seq', '>', afterSeq);
  const rows = await ofStatus(webhooks, status).orderBy('seq').limit(limit).execute();
  return rows.map(({ seq }) => seq);
}

/** A webhook of the account, which nobody else sends again until the transaction ends. */
export async function lockWebhookEntry(
  tx: Tx,
  accountSid: Sid<'AC'>,
  seq: number,
): Promise<OutboxEntry | undefined> {
  const query = tx
    .selectFrom('outbox')
    .selectAll()
    .where('seq', '=', seq)
    .where('accountSid', '=', accountSid)
    .where('kind', '=', 'webhook');
  return held(tx, query).executeTakeFirst();
}

export async function markReplayed(tx: Tx, seq: number): Promise<void> {
  await tx.updateTable('outbox').set({ status: 'replayed' }).where('seq', '=', seq).execute();
}

/** Written in the transaction of the change it tells of, so it is sent if and only if the change happened. */
export function insertOutboxEntry(tx: Tx, entry: NewOutboxEntry): void {
  outboxBuffer(tx).push(entry);
}

type OutboxChange = Pick<OutboxEntry, 'status' | 'attempts' | 'dateAvailable'>;

/** False, and nothing is changed, when the entry is not pending any more after as many attempts. */
export async function updatePendingEntry(
  tx: Tx,
  { seq, attempts }: Pick<OutboxEntry, 'seq' | 'attempts'>,
  change: OutboxChange,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('outbox')
    .set(change)
    .where('seq', '=', seq)
    .where('status', '=', 'pending')
    .where('attempts', '=', attempts)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Whether the entry is as that change left it. */
export async function isOutboxEntry(
  tx: Tx,
  seq: number,
  { status, attempts, dateAvailable }: OutboxChange,
): Promise<boolean> {
  const found = await tx
    .selectFrom('outbox')
    .select('seq')
    .where('seq', '=', seq)
    .where('status', '=', status)
    .where('attempts', '=', attempts)
    .where('dateAvailable', '=', dateAvailable)
    .executeTakeFirst();
  return found !== undefined;
}

/** News for this server's own doors is of no use once told. */
export async function deleteOutboxEntry(tx: Tx, seq: number): Promise<void> {
  await tx.deleteFrom('outbox').where('seq', '=', seq).execute();
}
