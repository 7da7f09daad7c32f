import { findMainAccount, lockMainAccount } from '../accounts.ts';
import { appliedMigrations, databasePath, migrate } from '../open-store.ts';
import { openPostgres } from '../postgres.ts';
import { openSqlite } from '../sqlite.ts';
import type { Tx } from '../transact.ts';
import { backupError } from './backup-error.ts';
import { copyTables, tablesOf } from './copy-tables.ts';
import type { KeptStore } from './take-snapshot.ts';

type PostgresStore = Extract<KeptStore, { readonly kind: 'postgres' }>;

/** @throws OutletError when there is something in the database, or it does not answer. */
export async function requireEmptyPostgres({ url }: PostgresStore): Promise<void> {
  const handles = await openPostgres(url, () => undefined);
  try {
    const db = handles.reader;
    if ((await appliedMigrations(db)).length > 0) refuse(await findMainAccount(db));
  } finally {
    await handles.close();
  }
}

/**
 * Copies the database of `directory` into an empty one, all of it or nothing. `beforeCommit` is called when all is
 * copied.
 *
 * @throws OutletError when there is something in it.
 */
export async function fillPostgres(
  { url }: PostgresStore,
  directory: string,
  beforeCommit: () => void,
): Promise<void> {
  const handles = await openPostgres(url, () => undefined);
  const source = openSqlite(databasePath(directory));
  try {
    await handles.unhurried(async (db) => {
      await migrate(db);
      await db.transaction().execute(async (to) => {
        // A server that is started meanwhile waits here, and then finds the account.
        refuse(await lockMainAccount(to as unknown as Tx));
        await copyTables(source.reader, to, await tablesOf(source.reader));
        beforeCommit();
      });
    });
  } finally {
    await source.close();
    await handles.close();
  }
}

function refuse(account: object | undefined): void {
  if (account === undefined) return;
  throw backupError(
    'the database is in use: it has an account of Tutti. Make a new one with createdb, name it in TUTTI_DATABASE_URL, and restore into that.',
  );
}
