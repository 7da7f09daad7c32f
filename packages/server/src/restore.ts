import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { backupError } from './store/backup/backup-error.ts';
import { fillPostgres, requireEmptyPostgres } from './store/backup/fill-postgres.ts';
import type { Manifest } from './store/backup/manifest.ts';
import type { KeptStore } from './store/backup/take-snapshot.ts';
import { checkBackup, unpackBackup } from './store/backup/unpack-backup.ts';
import { mediaDirectory } from './store/media-files.ts';
import { databasePath } from './store/open-store.ts';
import { makeScratch, requireKept, syncDirectory } from './backup.ts';
import { systemClock, type Clock } from './base/clock.ts';
import type { Config } from './config/config.ts';
import { claimDataDirectory } from './data-directory.ts';

export interface RestoreOptions {
  readonly config: Config;
  /** A file that `backup` made. */
  readonly path: string;
  /** On SQLite, put what is in the data directory aside. Default: refuse. */
  readonly replace?: boolean;
  /** Give up the webhooks that were still to be sent. Default: they are sent. */
  readonly withoutPending?: boolean;
  readonly clock?: Clock;
}

export interface Restored {
  readonly manifest: Manifest;
  /** Webhooks that were still to be sent when the backup was made. */
  readonly pendingWebhooks: number;
  /** Where that is what was there before. */
  readonly replaced: string | undefined;
}

/**
 * Puts a backup where a server of this configuration finds it: all of it, or nothing is changed. The backup is read
 * through before anything is touched.
 *
 * @throws OutletError saying what is in the way.
 */
export async function restore({
  config,
  path,
  replace = false,
  withoutPending = false,
  clock = systemClock,
}: RestoreOptions): Promise<Restored> {
  const store = requireKept(config.store);
  const manifest = await checkBackup(path);
  const unpack = (directory: string): Promise<number> =>
    unpackBackup(path, directory, withoutPending ? 'give up' : 'send');
  if (store.kind === 'postgres') {
    if (replace) {
      throw backupError(
        '--replace is for SQLite. In PostgreSQL make a new database with createdb, name it in TUTTI_DATABASE_URL, and restore into that: the old one stays as it is.',
      );
    }
    return { manifest, replaced: undefined, pendingWebhooks: await intoPostgres(store, unpack) };
  }
  return { manifest, ...(await intoDirectory(store, unpack, replace, clock)) };
}

type Unpack = (directory: string) => Promise<number>;

async function intoDirectory(
  { directory }: KeptStore,
  unpack: Unpack,
  replace: boolean,
  clock: Clock,
): Promise<Omit<Restored, 'manifest'>> {
  const claim = await claimDataDirectory(directory);
  try {
    const old = contentOf(directory);
    if (old.length > 0 && !replace) {
      throw backupError(
        `${directory} has data already (${old.join(', ')}). Choose an empty directory with --data DIR, or put that data aside: --replace.`,
      );
    }
    const scratch = await makeScratch(directory, '.restoring-');
    try {
      const pendingWebhooks = await unpack(scratch.path);
      // From here on nothing waits: no signal comes in between.
      const aside = join(
        directory,
        `replaced-${new Date(clock.now()).toISOString().replaceAll(/[:.]/g, '-')}`,
      );
      if (old.length > 0) mkdirSync(aside, { mode: 0o700 });
      for (const name of old) renameSync(join(directory, name), join(aside, name));
      // The database last: without it there is nothing here.
      renameSync(mediaDirectory(scratch.path), mediaDirectory(directory));
      renameSync(databasePath(scratch.path), databasePath(directory));
      if (old.length > 0) syncDirectory(aside);
      syncDirectory(directory);
      return { pendingWebhooks, replaced: old.length > 0 ? aside : undefined };
    } finally {
      scratch.remove();
    }
  } finally {
    claim.release();
  }
}

/** What a server has kept in a data directory, and what goes with it. */
function contentOf(directory: string): string[] {
  const database = basename(databasePath(directory));
  const names = [database, `${database}-wal`, `${database}-shm`, 'credentials.env'].filter((name) =>
    existsSync(join(directory, name)),
  );
  return hasMedia(directory) ? [...names, basename(mediaDirectory(directory))] : names;
}

function hasMedia(directory: string): boolean {
  const media = mediaDirectory(directory);
  return existsSync(media) && readdirSync(media).length > 0;
}

async function intoPostgres(
  store: Extract<KeptStore, { readonly kind: 'postgres' }>,
  unpack: Unpack,
): Promise<number> {
  const { directory } = store;
  await requireEmptyPostgres(store);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (hasMedia(directory)) {
    throw backupError(
      `${mediaDirectory(directory)} has files already, of another database. Choose an empty directory with --data DIR.`,
    );
  }
  const scratch = await makeScratch(directory, '.restoring-');
  const [from, to] = [mediaDirectory(scratch.path), mediaDirectory(directory)];
  let isMoved = false;
  try {
    const pendingWebhooks = await unpack(scratch.path);
    await fillPostgres(store, scratch.path, () => {
      renameSync(from, to);
      syncDirectory(directory);
      isMoved = true;
    });
    return pendingWebhooks;
  } catch (error) {
    if (isMoved) renameSync(to, from);
    throw error;
  } finally {
    scratch.remove();
  }
}
