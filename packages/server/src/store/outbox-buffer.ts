import { sql, type Kysely } from 'kysely';
import type { OutboxEntry } from '../model/outbox-entry.ts';
import { prepared } from './prepared.ts';
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
  const values: Record<string, unknown> = {};
  for (const [row, entry] of entries.entries()) {
    for (const name of names) values[name + row] = entry[name];
  }
  const written = await inserts[entries.length]?.(tx, values);
  // Neither engine promises the order of what it returns; the numbers rise with the rows.
  const seqs = written?.map(({ seq }) => seq).toSorted((a, b) => a - b) ?? [];
  return entries.map((entry, row) => ({
    ...entry,
    ...pending,
    seq: seqs[row] ?? 0,
    dateAvailable: entry.dateCreated,
  }));
}

const names = ['accountSid', 'orderingKey', 'kind', 'payload', 'dateCreated'] as const;

const inserts = Array.from({ length: ROWS_MAX + 1 }, (_, rows) =>
  prepared<Record<string, unknown>, { seq: number }>((db, p) => {
    const each = Array.from({ length: rows }, (_none, row) => ({
      accountSid: p(`accountSid${row}`) as OutboxEntry['accountSid'],
      orderingKey: p(`orderingKey${row}`) as string,
      kind: p(`kind${row}`) as OutboxEntry['kind'],
      payload: p(`payload${row}`) as string,
      status: sql.lit(pending.status),
      attempts: sql.lit(pending.attempts),
      dateAvailable: p(`dateCreated${row}`) as number,
      dateCreated: p(`dateCreated${row}`) as number,
    }));
    return db.insertInto('outbox').values(each).returning('seq');
  }),
);
