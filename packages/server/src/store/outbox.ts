import type { Instant } from '../base/clock.ts';
import type { OutboxEntry } from '../model/outbox-entry.ts';
import type { Db } from './open-store.ts';
import { prepared } from './prepared.ts';
import type { New } from './schema.ts';
import { findSettledSeq } from './settled-seq.ts';
import type { Tx } from './transact.ts';

const pending = prepared<{ afterSeq: number; limit: number }, OutboxEntry>((db, p) =>
  db
    .selectFrom('outbox')
    .selectAll()
    .where('status', '=', 'pending')
    .where('seq', '>', p('afterSeq'))
    .orderBy('seq')
    .limit(p('limit')),
);

const pendingBelow = prepared<{ afterSeq: number; belowSeq: number; limit: number }, OutboxEntry>(
  (db, p) =>
    db
      .selectFrom('outbox')
      .selectAll()
      .where('status', '=', 'pending')
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
  const belowSeq = await findSettledSeq(db);
  return belowSeq === undefined
    ? pending(db, { afterSeq, limit })
    : pendingBelow(db, { afterSeq, belowSeq, limit });
}

export async function findOutboxEntry(db: Db | Tx, seq: number): Promise<OutboxEntry | undefined> {
  return db.selectFrom('outbox').selectAll().where('seq', '=', seq).executeTakeFirst();
}

/** Written in the transaction of the change it tells of, so it is sent if and only if the change happened. */
export async function insertOutboxEntry(tx: Tx, entry: New<OutboxEntry>): Promise<void> {
  await tx.insertInto('outbox').values(entry).execute();
}

export async function updateOutboxEntry(
  tx: Tx,
  seq: number,
  change: { status: OutboxEntry['status']; attempts: number; dateAvailable: Instant },
): Promise<void> {
  await tx.updateTable('outbox').set(change).where('seq', '=', seq).execute();
}

/** News for this server's own doors is of no use once told. */
export async function deleteOutboxEntry(tx: Tx, seq: number): Promise<void> {
  await tx.deleteFrom('outbox').where('seq', '=', seq).execute();
}
