import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'libsql';
import { OutletError } from './base/app-error.ts';

const LOCK = 'tutti.lock';

/**
 * Makes the data directory, for its owner alone, and keeps other servers out of it until `release`: a second one
 * would take this one's live calls for those of a process that is no more. The lock is SQLite's on a file of its own,
 * which the operating system lifts however the process ends.
 *
 * @throws OutletError when another server has it, and when it cannot be made or written.
 */
export async function claimDataDirectory(
  directory: string,
): Promise<{ readonly release: () => void }> {
  const lock = await openLock(directory);
  try {
    lock.exec('PRAGMA locking_mode=EXCLUSIVE');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    if ((cause as { code?: unknown }).code !== 'SQLITE_BUSY') throw unusable(directory, cause);
    throw new OutletError(
      'store',
      `another server runs on the data directory ${directory}. Stop it, or choose another with --data DIR.`,
      { retryable: true, cause },
    );
  }
  return { release: () => lock.close() };
}

async function openLock(directory: string): Promise<Database.Database> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // The library does not say why it cannot open a file.
    await (await open(join(directory, LOCK), 'a')).close();
    return new Database(join(directory, LOCK));
  } catch (cause) {
    throw unusable(directory, cause);
  }
}

function unusable(directory: string, cause: unknown): OutletError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new OutletError(
    'store',
    `cannot use ${directory} as the data directory: ${reason}. Let this user write there, or choose another with --data DIR.`,
    { retryable: false, cause },
  );
}
