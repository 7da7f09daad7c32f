import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Migrator, type Kysely } from 'kysely';
import { OutletError } from '../base/app-error.ts';
import type { Config } from '../config/config.ts';
import { initial } from './migrations/2026-11-22-initial.ts';
import type { Schema } from './schema.ts';
import { openSqlite } from './sqlite.ts';
import { GroupCommit, type Transact } from './transact.ts';

/** A handle for reads: it sees what was committed. */
export type Db = Kysely<Schema>;

/** The open database. */
export interface Store extends AsyncDisposable {
  readonly db: Db;
  readonly transact: Transact;
  /** Waits for writes under way, then closes. */
  close(): Promise<void>;
}

/**
 * Opens the configured database and brings its schema up to date. `onCommit` is called after each commit.
 *
 * @throws OutletError when it cannot be opened or migrated.
 */
export async function openStore(config: Config['store'], onCommit: () => void): Promise<Store> {
  if (config.kind === 'file') mkdirSync(config.directory, { recursive: true });
  const handles = openSqlite(
    config.kind === 'file' ? join(config.directory, 'tutti.db') : undefined,
  );
  await migrate(handles.writer);
  const group = new GroupCommit(handles, onCommit);
  const close = async (): Promise<void> => {
    await group.settled();
    await handles.close();
  };
  return { db: handles.reader, transact: group.transact, close, [Symbol.asyncDispose]: close };
}

/** Dated, forward only, never edited once released. */
const migrations = { '2026-11-22-initial': initial };

async function migrate(db: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) {
    throw new OutletError(
      'store',
      `the database could not be migrated: ${error instanceof Error ? error.message : 'unknown reason'}`,
      {
        retryable: false,
        cause: error,
      },
    );
  }
}
