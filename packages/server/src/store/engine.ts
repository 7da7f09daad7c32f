import { PostgresAdapter, type Kysely } from 'kysely';
import type { OutletError } from '../base/app-error.ts';
import type { Schema } from './schema.ts';

/** Told of each statement that failed because the database cannot do its part: gone, full, not writable, damaged. */
export type OnFailure = (error: OutletError) => void;

/** Whether the handle is one of PostgreSQL, where transactions run side by side. */
export function isPostgres(db: Kysely<Schema>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/**
 * Parameters as both engines can keep them. PostgreSQL refuses text with NUL, and libsql reads no further than to it;
 * the character that stands for what has none takes its place.
 */
export function storable(parameters: readonly unknown[]): readonly unknown[] {
  if (!parameters.some(hasNul)) return parameters;
  return parameters.map((value) =>
    hasNul(value) ? (value as string).replaceAll('\0', '\uFFFD') : value,
  );
}

function hasNul(value: unknown): boolean {
  return typeof value === 'string' && value.includes('\0');
}
