import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isMediaFileSid, mediaDirectory } from '../media-files.ts';
import { databasePath, migrate } from '../open-store.ts';
import { openSqlite } from '../sqlite.ts';
import { checkArchive, entriesOf, extractEntry, readEntry } from './archive.ts';
import { backupError } from './backup-error.ts';
import { closeWhole } from './close-whole.ts';
import { readManifest, type Manifest } from './manifest.ts';

/** Reads the whole backup and what it says of itself. @throws OutletError when it is damaged or too new. */
export async function checkBackup(path: string): Promise<Manifest> {
  await checkArchive(path);
  for await (const entry of entriesOf(path)) {
    if (entry.name === 'manifest.json') return readManifest(path, await readEntry(path, entry));
  }
  throw backupError(`${path} is no backup of Tutti: it has no manifest.json.`);
}

/** What is to become of webhooks that were still to be sent when the backup was made. */
export type PendingWebhooks = 'send' | 'give up';

/**
 * Makes of a checked backup a data directory, with the schema of this version. Returns how many webhooks are still to
 * be sent, or were.
 */
export async function unpackBackup(
  path: string,
  directory: string,
  pending: PendingWebhooks,
): Promise<number> {
  const media = mediaDirectory(directory);
  await mkdir(media, { recursive: true, mode: 0o700 });
  for await (const entry of entriesOf(path)) {
    const [, sid = ''] = /^media\/(.*)$/.exec(entry.name) ?? [];
    if (entry.name === 'database.db') await extractEntry(path, entry, databasePath(directory));
    else if (isMediaFileSid(sid)) await extractEntry(path, entry, join(media, sid));
  }
  const handles = openSqlite(databasePath(directory));
  try {
    await migrate(handles.writer);
    const { writer } = handles;
    const { count } = await writer
      .selectFrom('outbox')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('kind', '=', 'webhook')
      .where('status', '=', 'pending')
      .executeTakeFirstOrThrow();
    if (pending === 'give up') {
      await writer
        .updateTable('outbox')
        .set({ status: 'failed' })
        .where('kind', '=', 'webhook')
        .where('status', '=', 'pending')
        .execute();
    }
    return count;
  } finally {
    await closeWhole(handles);
  }
}
