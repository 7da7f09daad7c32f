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
 *
 * @throws TypeError for a fraction, which SQLite would keep and PostgreSQL refuse: instants and counts are whole.
 */
export function storable(parameters: readonly unknown[]): readonly unknown[] {
  let hasNul = false;
  for (const value of parameters) {
    if (typeof value === 'string') hasNul ||= value.includes('\0');
    else if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw new TypeError(`${value} cannot be stored; numbers are whole`);
    }
  }
  if (!hasNul) return parameters;
  return parameters.map((value) =>
    typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value,
  );
}
