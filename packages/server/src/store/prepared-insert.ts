import { sql, type Kysely } from 'kysely';
import { isPostgres } from './engine.ts';
import { prepared } from './prepared.ts';
import type { Schema } from './schema.ts';

/** Rows of one statement at most: each number of rows is a statement of its own. */
const ROWS_MAX = 16;

/**
 * Inserts rows, many in one statement: that costs a fraction of one each. `same` are columns whose values are alike in
 * all rows. Resolves with the rows' numbers on PostgreSQL, in no order, and with none on SQLite.
 */
export function preparedInsert<T extends keyof Schema, C extends keyof Schema[T] & string>(
  table: T,
  columns: readonly C[],
  same: Readonly<Record<string, string | number>> = {},
): (db: Kysely<Schema>, rows: readonly Readonly<Record<C, unknown>>[]) => Promise<number[]> {
  const literals = Object.fromEntries(
    Object.entries(same).map(([column, value]) => [column, sql.lit(value)]),
  );
  // The values stand one row after another.
  const statements = Array.from({ length: ROWS_MAX + 1 }, (_, count) =>
    prepared<unknown[], { seq: number }>((db, p) => {
      const each = Array.from({ length: count }, (_none, row) => ({
        ...Object.fromEntries(
          columns.map((column, at) => [column, p((row * columns.length + at) as never)]),
        ),
        ...literals,
      }));
      const query = db.insertInto(table).values(each as never);
      // NOTE: in libsql what returns rows costs twice as much; there nobody else writes, so the numbers follow.
      return isPostgres(db) ? query.returning('seq' as never) : query;
    }),
  );
  return async (db, rows) => {
    const seqs: number[] = [];
    for (let start = 0; start < rows.length; start += ROWS_MAX) {
      const part = rows.slice(start, start + ROWS_MAX);
      const values: unknown[] = [];
      for (const row of part) for (const column of columns) values.push(row[column]);
      const returned = await statements[part.length]?.(db, values);
      for (const { seq } of returned ?? []) seqs.push(seq);
    }
    return seqs;
  };
}
