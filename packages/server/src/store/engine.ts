import { PostgresAdapter, type Kysely } from 'kysely';
import type { OutletError } from '../base/app-error.ts';
import type { Schema } from './schema.ts';

/** Told of each statement that failed because the database cannot do its part: gone, full, not writable, damaged. */
export type OnFailure = (error: OutletError) => void;

/** Whether the handle is one of PostgreSQL, where transactions run side by side. */
export function isPostgres(db: Kysely<Schema>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}
