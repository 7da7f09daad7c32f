import { sql, type Kysely } from 'kysely';
import type { OutboxEntry } from '../model/outbox-entry.ts';
import { isPostgres } from './engine.ts';
import { prepared, preparedOne } from './prepared.ts';
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
  const rows: OutboxEntry[] = [];
  for (let start = 0; start < entries.length; start += ROWS_MAX) {
    rows.push(...(await insert(tx, entries.slice(start, start + ROWS_MAX))));
  }
  return rows;
}

/** Rows of one statement at most: each number of rows is a statement of its own. */
const ROWS_MAX = 16;
const pending = { status: 'pending', attempts: 0 } as const;

async function insert(
  tx: Kysely<Schema>,
  entries: readonly NewOutboxEntry[],
): Promise<OutboxEntry[]> {
  const values: unknown[] = [];
  for (const { accountSid, orderingKey, kind, payload, dateCreated } of entries) {
    values.push(accountSid, orderingKey, kind, payload, dateCreated);
  }
  const returned = await inserts[entries.length]?.(tx, values);
  // The numbers rise with the rows; PostgreSQL promises no order of what it returns, and others number rows between.
  const seqs = returned?.map(({ seq }) => seq).toSorted((a, b) => a - b) ?? [];
  const first = isPostgres(tx) ? 0 : ((await newest(tx, {}))?.seq ?? 0) - entries.length + 1;
  return entries.map((entry, row) => {
    const made: OutboxEntry = {
      ...entry,
      ...pending,
      seq: seqs[row] ?? first + row,
      dateAvailable: entry.dateCreated,
    };
    rowOf.set(entry, made);
    return made;
  });
}

const newest = preparedOne<object, { seq: number }>((db) =>
  db.selectFrom('outbox').select('seq').orderBy('seq', 'desc').limit(1),
);

/** The values stand one row after another. */
const inserts = Array.from({ length: ROWS_MAX + 1 }, (_, rows) =>
  prepared<unknown[], { seq: number }>((db, p) => {
    const value = (row: number, column: number): never => p((row * 5 + column) as never) as never;
    const each = Array.from({ length: rows }, (_none, row) => ({
      accountSid: value(row, 0),
      orderingKey: value(row, 1),
      kind: value(row, 2),
      payload: value(row, 3),
      status: sql.lit(pending.status),
      attempts: sql.lit(pending.attempts),
      dateAvailable: value(row, 4),
      dateCreated: value(row, 4),
    }));
    const query = db.insertInto('outbox').values(each);
    // NOTE: in libsql what returns rows costs twice as much; there nobody else writes, so the numbers follow.
    return isPostgres(db) ? query.returning('seq') : query;
  }),
);
