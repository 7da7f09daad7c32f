import type { Kysely } from 'kysely';
import type { OutboxEntry } from '../model/outbox-entry.ts';
import { isPostgres } from './engine.ts';
import { preparedOne } from './prepared.ts';
import { preparedInsert } from './prepared-insert.ts';
import type { New, Schema } from './schema.ts';

/** What an action puts into the outbox. */
export type NewOutboxEntry = Pick<
  New<OutboxEntry>,
  'accountSid' | 'orderingKey' | 'kind' | 'payload' | 'dateCreated'
>;

const buffers = new WeakMap<Kysely<Schema>, NewOutboxEntry[]>();

/**
 * The entries that the transaction of `tx` has written so far. They become rows when its actions have ended: nobody
 * reads them before, and many in one statement cost a fraction of one each.
 */
export function outboxBuffer(tx: Kysely<Schema>): NewOutboxEntry[] {
  let buffer = buffers.get(tx);
  if (buffer === undefined) buffers.set(tx, (buffer = []));
  return buffer;
}

const rowOf = new WeakMap<NewOutboxEntry, OutboxEntry>();

/** The row that `entry` became; undefined before the transaction that it was put into is committed. */
export function writtenEntry(entry: NewOutboxEntry): OutboxEntry | undefined {
  return rowOf.get(entry);
}

/** Makes rows of what is buffered and empties the buffer; returns the rows in order. */
export async function writeOutboxBuffer(tx: Kysely<Schema>): Promise<readonly OutboxEntry[]> {
  const entries = outboxBuffer(tx).splice(0);
  if (entries.length === 0) return [];
  const written = entries.map((entry) => ({ ...entry, dateAvailable: entry.dateCreated }));
  // The numbers rise with the rows; PostgreSQL promises no order of what it returns, and others number rows between.
  const seqs = (await insert(tx, written)).toSorted((a, b) => a - b);
  const first = isPostgres(tx) ? 0 : ((await newest(tx, {}))?.seq ?? 0) - entries.length + 1;
  return written.map((entry, row) => {
    const made: OutboxEntry = { ...entry, ...pending, seq: seqs[row] ?? first + row };
    rowOf.set(entries[row] as NewOutboxEntry, made);
    return made;
  });
}

const pending = { status: 'pending', attempts: 0 } as const;

const insert = preparedInsert(
  'outbox',
  ['accountSid', 'orderingKey', 'kind', 'payload', 'dateAvailable', 'dateCreated'],
  pending,
);

const newest = preparedOne<object, { seq: number }>((db) =>
  db.selectFrom('outbox').select('seq').orderBy('seq', 'desc').limit(1),
);
