import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'libsql';
import { OutletError } from './base/app-error.ts';

/**
 * Makes the data directory, for its owner alone, and keeps other servers out of it until `release`: a second one
 * would take this one's live calls for those of a process that is no more. The lock is SQLite's on a file of its own,
 * which the operating system lifts however the process ends.
 *
 * @throws OutletError when another server has it.
 */
export async function claimDataDirectory(
  directory: string,
): Promise<{ readonly release: () => void }> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const lock = new Database(join(directory, 'tutti.lock'));
  try {
    lock.exec('PRAGMA locking_mode=EXCLUSIVE');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    if ((cause as { code?: unknown }).code !== 'SQLITE_BUSY') throw cause;
    throw new OutletError(
      'store',
      `another server runs on the data directory ${directory}. Stop it, or choose another with --data DIR.`,
      { retryable: true, cause },
    );
  }
  return { release: () => lock.close() };
}
