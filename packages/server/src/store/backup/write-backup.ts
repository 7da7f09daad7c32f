import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Instant } from '../../base/clock.ts';
import { listMediaAfter } from '../media.ts';
import { mediaDirectory, type MediaFileSid } from '../media-files.ts';
import { appliedMigrations } from '../open-store.ts';
import { listRecordingsAfter } from '../recordings.ts';
import type { Schema } from '../schema.ts';
import { openSqlite } from '../sqlite.ts';
import { ArchiveWriter, checkArchive } from './archive.ts';
import { tablesOf } from './copy-tables.ts';
import { writeManifest, type Manifest, type MissingMedia } from './manifest.ts';
import { takeSnapshot, type KeptStore } from './take-snapshot.ts';

/** Of media that are missing, those named. */
const NAMED_MAX = 20;
const PIECE = 100;

export interface WrittenBackup extends Pick<Manifest, 'engine' | 'mediaFiles' | 'missingMedia'> {
  readonly rows: number;
  readonly sizeBytes: number;
}

/**
 * Writes the database and the media files to a new file at `path`, and reads it again. Files are taken after the
 * database: a recording is complete before its record is written, so what the database names is there, unless its
 * message was removed meanwhile. `scratch` is a directory for the copy of the database.
 */
export async function writeBackup(
  store: KeptStore,
  path: string,
  scratch: string,
  now: Instant,
): Promise<WrittenBackup> {
  const database = join(scratch, 'database.db');
  await takeSnapshot(store, database);
  const engine = store.kind === 'postgres' ? 'PostgreSQL' : 'SQLite';
  const archive = await ArchiveWriter.create(path, now);
  try {
    await archive.addFile('database.db', database);
    const handles = openSqlite(database);
    try {
      const db = handles.reader;
      const media = await addMedia(db, archive, mediaDirectory(store.directory));
      const tables = await countRows(db);
      const migrations = await appliedMigrations(db);
      const created = new Date(now).toISOString();
      await archive.addText(
        'manifest.json',
        writeManifest({ created, engine, migrations, tables, ...media }),
      );
      const sizeBytes = await archive.seal();
      await checkArchive(path);
      const rows = Object.values(tables).reduce((sum, count) => sum + count, 0);
      return { engine, rows, sizeBytes, ...media };
    } finally {
      await handles.close();
    }
  } finally {
    await archive.close();
  }
}

async function addMedia(
  db: Kysely<Schema>,
  archive: ArchiveWriter,
  directory: string,
): Promise<{ readonly mediaFiles: number; readonly missingMedia: MissingMedia }> {
  const missing: MediaFileSid[] = [];
  let [mediaFiles, count] = [0, 0];
  // A database of an older version has no such table yet.
  const hasRecordings = (await tablesOf(db)).includes('recordings');
  const lists = hasRecordings ? [listMediaAfter, listRecordingsAfter] : [listMediaAfter];
  for (const listAfter of lists) {
    let afterSeq = 0;
    for (;;) {
      const media = await listAfter(db, afterSeq, PIECE);
      for (const { sid, seq } of media) {
        afterSeq = seq;
        try {
          await archive.addFile(`media/${sid}`, join(directory, sid));
          mediaFiles += 1;
        } catch (error) {
          if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
          count += 1;
          if (missing.length < NAMED_MAX) missing.push(sid);
        }
      }
      if (media.length < PIECE) break;
    }
  }
  return { mediaFiles, missingMedia: { count, sids: missing } };
}

async function countRows(db: Kysely<Schema>): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of (await tablesOf(db)) as (keyof Schema)[]) {
    const { count } = await db
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    counts[table] = count;
  }
  return counts;
}
