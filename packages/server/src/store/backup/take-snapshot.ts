import { existsSync } from 'node:fs';
import type { Config } from '../../config/config.ts';
import { appliedMigrations, databasePath, migrate, unknownMigrations } from '../open-store.ts';
import { openPostgres } from '../postgres.ts';
import { openSqlite } from '../sqlite.ts';
import { backupError } from './backup-error.ts';
import { closeWhole } from './close-whole.ts';
import { copyTables, tablesOf } from './copy-tables.ts';

/** A database that outlives its process. */
export type KeptStore = Exclude<Config['store'], { readonly kind: 'memory' }>;

/**
 * Writes the database as it is at one moment to a new SQLite file at `path`, while others go on reading and writing.
 *
 * @throws OutletError when there is no database of Tutti, or one that a newer version has changed.
 */
export async function takeSnapshot(store: KeptStore, path: string): Promise<void> {
  if (store.kind === 'postgres') return ofPostgres(store, path);
  const source = databasePath(store.directory);
  if (!existsSync(source)) {
    throw backupError(
      `there is no database ${source}. Name the data directory with --data, or PostgreSQL with TUTTI_DATABASE_URL.`,
    );
  }
  const handles = openSqlite(source);
  try {
    check(await appliedMigrations(handles.reader), source);
    // One read transaction: it sees nothing that is committed after it began. SQLite: lang_vacuum
    handles.exec(`VACUUM INTO '${path.replaceAll("'", "''")}'`);
  } finally {
    await handles.close();
  }
}

async function ofPostgres(
  store: Extract<KeptStore, { readonly kind: 'postgres' }>,
  path: string,
): Promise<void> {
  const handles = await openPostgres(store.url, () => undefined);
  const target = openSqlite(path);
  try {
    await handles.unhurried((db) =>
      db
        .transaction()
        .setIsolationLevel('repeatable read')
        .setAccessMode('read only')
        .execute(async (source) => {
          const applied = await appliedMigrations(source);
          check(applied, 'the database');
          await migrate(target.writer, applied);
          const tables = await tablesOf(target.writer);
          await target.writer.transaction().execute((to) => copyTables(source, to, tables));
        }),
    );
  } finally {
    await closeWhole(target);
    await handles.close();
  }
}

function check(applied: readonly string[], database: string): void {
  if (applied.length === 0) throw backupError(`${database} has no tables of Tutti.`);
  const unknown = unknownMigrations(applied);
  if (unknown.length === 0) return;
  throw backupError(
    `${database} belongs to a newer version of Tutti (it has ${unknown.join(', ')}). Use the tutti of that version.`,
  );
}
