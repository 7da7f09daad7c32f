import { closeSync, existsSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { mkdtemp, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemClock, type Clock } from './base/clock.ts';
import type { Config } from './config/config.ts';
import { claimDataDirectory } from './data-directory.ts';
import { backupError } from './store/backup/backup-error.ts';
import type { KeptStore } from './store/backup/take-snapshot.ts';
import { writeBackup, type WrittenBackup } from './store/backup/write-backup.ts';

export interface BackupOptions {
  readonly config: Config;
  /** The file to make. */
  readonly path: string;
  /** Take the place of a file that is there. Default: refuse. */
  readonly overwrite?: boolean;
  readonly clock?: Clock;
}

/**
 * Writes everything that the server keeps into one file, for its owner alone, while the server runs or not. It is
 * there whole and read again, or not at all.
 *
 * @throws OutletError saying what is in the way.
 */
export async function backup({
  config,
  path,
  overwrite = false,
  clock = systemClock,
}: BackupOptions): Promise<WrittenBackup> {
  const store = requireKept(config.store);
  const refuseOther = (): void => {
    if (overwrite || !existsSync(path)) return;
    throw backupError(`${path} is there already. Choose another name, or replace it: --overwrite.`);
  };
  refuseOther();
  const scratch = await makeScratch(dirname(path), '.tutti-backup-');
  try {
    const draft = join(scratch.path, 'backup');
    const written = await writeBackup(store, draft, scratch.path, clock.now());
    refuseOther();
    await rename(draft, path);
    syncDirectory(dirname(path));
    return written;
  } finally {
    scratch.remove();
  }
}

/** @throws OutletError when the database is in memory. */
export function requireKept(store: Config['store']): KeptStore {
  if (store.kind !== 'memory') return store;
  throw backupError(
    'a database in memory (--ephemeral, TUTTI_EPHEMERAL) is known to its server alone and cannot be backed up or restored.',
  );
}

/** Has on disk what was renamed in a directory: a rename alone may be forgotten when the power fails. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/**
 * A directory in `parent`, for its owner alone, that goes with the process at the latest. What a process left there that
 * was killed goes now: it holds credentials.
 */
export async function makeScratch(
  parent: string,
  prefix: string,
): Promise<{ readonly path: string; readonly remove: () => void }> {
  if (!existsSync(parent)) throw backupError(`there is no directory ${parent}. Make it first.`);
  for (const name of await readdir(parent)) {
    if (name.startsWith(prefix)) await removeLeftover(join(parent, name));
  }
  const path = await mkdtemp(join(parent, prefix));
  const claim = await claimDataDirectory(path);
  const clear = (): void => {
    claim.release();
    rmSync(path, { recursive: true, force: true });
  };
  process.once('exit', clear);
  return {
    path,
    remove: () => {
      process.off('exit', clear);
      clear();
    },
  };
}

async function removeLeftover(path: string): Promise<void> {
  try {
    (await claimDataDirectory(path)).release();
  } catch {
    // Another process works in it, or it is somebody else's.
    return;
  }
  rmSync(path, { recursive: true, force: true });
}
