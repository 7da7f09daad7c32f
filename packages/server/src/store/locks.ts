import { sql, type Kysely, type SelectQueryBuilder } from 'kysely';
import { isPostgres } from './engine.ts';
import type { Schema } from './schema.ts';
import type { Tx } from './transact.ts';

/** First key of the named locks, to keep them apart from locks that others take in the same database. */
const NAMED = 29_813;

/**
 * `query` such that nobody else changes the rows it finds before the transaction ends, and that finds them as the
 * last change left them. On SQLite that is so of every read in a transaction.
 */
export function held<TB extends keyof Schema, O>(
  db: Kysely<Schema>,
  query: SelectQueryBuilder<Schema, TB, O>,
): SelectQueryBuilder<Schema, TB, O> {
  return isPostgres(db) ? query.forNoKeyUpdate() : query;
}

/** As `held`, for those who read what stays as it is: they do not keep each other waiting. */
export function heldByReaders<TB extends keyof Schema, O>(
  db: Kysely<Schema>,
  query: SelectQueryBuilder<Schema, TB, O>,
): SelectQueryBuilder<Schema, TB, O> {
  return isPostgres(db) ? query.forShare() : query;
}

/** Keeps other transactions that lock the same name waiting until this one ends: for what has no row yet. */
export async function lockName(tx: Tx, ...name: readonly string[]): Promise<void> {
  if (!isPostgres(tx)) return;
  const text = name.join('\n');
  await sql`select pg_advisory_xact_lock(${NAMED}::int4, hashtext(${text}))`.execute(tx);
}
