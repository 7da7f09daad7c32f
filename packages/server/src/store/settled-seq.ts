import { sql, type Kysely } from 'kysely';
import { isPostgres } from './engine.ts';
import type { Schema } from './schema.ts';

/**
 * The `seq` below which nothing can appear any more: every record there is visible or will never be. On PostgreSQL a
 * transaction may commit after one whose numbers are higher, so who reads on from where it stopped reads no further
 * than this. Undefined on SQLite, which commits in the order of `seq`. `migrations/ddl.ts` has the other half.
 */
export async function findSettledSeq(db: Kysely<Schema>): Promise<number | undefined> {
  if (!isPostgres(db)) return undefined;
  const { rows } = await sql<{ seq: number }>`select tutti_settled_seq() as seq`.execute(db);
  return rows[0]?.seq;
}
