import { sql, type Kysely } from 'kysely';
import { isPostgres } from '../engine.ts';
import type { Schema } from '../schema.ts';

/** Rows held in memory at a time. */
const PIECE = 100;

type AnyRow = Readonly<Record<string, unknown>>;

/** The names of the tables of a database that holds Tutti's and nothing else, as a file does. */
export async function tablesOf(db: Kysely<Schema>): Promise<string[]> {
  return (await db.introspection.getTables()).map(({ name }) => name);
}

/** Makes `tables` of `to` what they are in `from`, numbers included. Both have the same schema. */
export async function copyTables(
  from: Kysely<Schema>,
  to: Kysely<Schema>,
  tables: readonly string[],
): Promise<void> {
  const source = from as unknown as Kysely<Record<string, AnyRow>>;
  const target = to as unknown as Kysely<Record<string, AnyRow>>;
  for (const table of tables) {
    // A migration may have put something there.
    await target.deleteFrom(table).execute();
    let afterSeq = 0;
    for (;;) {
      const rows = await source
        .selectFrom(table)
        .selectAll()
        .where('seq', '>', afterSeq)
        .orderBy('seq')
        .limit(PIECE)
        .execute();
      const last = rows.at(-1);
      if (last === undefined) break;
      await target.insertInto(table).values(rows).execute();
      afterSeq = last['seq'] as number;
    }
  }
  await continueNumbers(to, tables, await lastNumber(from));
}

/** The highest `seq` that was ever given, whether or not its row is there: a page token may name it. */
async function lastNumber(db: Kysely<Schema>): Promise<number> {
  const query = isPostgres(db)
    ? sql<{ last: number }>`
        select case when is_called then last_value else last_value - 1 end as last from tutti_seq`
    : sql<{ last: number | null }>`select max(seq) as last from sqlite_sequence`;
  return (await query.execute(db)).rows[0]?.last ?? 0;
}

async function continueNumbers(
  db: Kysely<Schema>,
  tables: readonly string[],
  last: number,
): Promise<void> {
  if (last === 0) return;
  if (isPostgres(db)) {
    await sql`select setval('tutti_seq', ${last}::bigint)`.execute(db);
    return;
  }
  // SQLite: autoinc, an ordinary table with a row for each table that has had rows.
  await sql`delete from sqlite_sequence`.execute(db);
  for (const table of tables) {
    await sql`insert into sqlite_sequence (name, seq) values (${table}, ${last})`.execute(db);
  }
}
