import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Migrator, type Kysely } from 'kysely';
import { OutletError } from '../base/app-error.ts';
import type { Config } from '../config/config.ts';
import { initial } from './migrations/2026-11-22-initial.ts';
import { secondaryAuthToken } from './migrations/2026-11-22-secondary-auth-token.ts';
import type { OnFailure } from './engine.ts';
import { openPostgres } from './postgres.ts';
import type { Schema } from './schema.ts';
import { openSqlite } from './sqlite.ts';
import { Transactions } from './transactions.ts';
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

export interface StoreEvents {
  /** After each commit; on PostgreSQL after each transaction, committed or not. There may be news in the outbox. */
  readonly onCommit: () => void;
  /** A statement failed because the database cannot do its part. Called often while that lasts. */
  readonly onFailure?: OnFailure;
}

/**
 * Opens the configured database and brings its schema up to date.
 *
 * @throws OutletError when it cannot be opened or migrated.
 */
export async function openStore(config: Config['store'], events: StoreEvents): Promise<Store> {
  const { onCommit, onFailure = () => undefined } = events;
  if (config.kind === 'postgres') {
    const handles = await openPostgres(config.url, onFailure);
    const transactions = new Transactions(handles.writer, onCommit);
    const close = once(async () => {
      await transactions.settled();
      await handles.close();
    });
    try {
      await handles.unhurried(migrate);
    } catch (error) {
      await close();
      throw error;
    }
    const { transact } = transactions;
    return { db: handles.reader, transact, close, [Symbol.asyncDispose]: close };
  }
  if (config.kind === 'file') mkdirSync(config.directory, { recursive: true });
  const handles = openSqlite(
    config.kind === 'file' ? join(config.directory, 'tutti.db') : undefined,
    onFailure,
  );
  const group = new GroupCommit(handles, onCommit);
  const close = once(async () => {
    await group.settled();
    await handles.close();
  });
  try {
    await migrate(handles.writer);
  } catch (error) {
    await close();
    throw error;
  }
  return { db: handles.reader, transact: group.transact, close, [Symbol.asyncDispose]: close };
}

function once(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => (closing ??= close());
}

/** Dated, forward only, never edited once released. */
const migrations = {
  '2026-11-22-initial': initial,
  '2026-11-22-secondary-auth-token': secondaryAuthToken,
};

async function migrate(db: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error instanceof OutletError) throw error;
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
