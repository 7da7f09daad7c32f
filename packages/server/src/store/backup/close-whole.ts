import { sql } from 'kysely';
import type { SqliteHandles } from '../sqlite.ts';

/**
 * Closes a database that is to be moved or copied as one file. NOTE: libsql 0.5 keeps a closed connection until its
 * statements are collected, so the log is not written back into the file by the closing.
 */
export async function closeWhole(handles: SqliteHandles): Promise<void> {
  try {
    const checkpoint = sql<{ busy: number }>`pragma wal_checkpoint(truncate)`;
    const { rows } = await checkpoint.execute(handles.writer);
    if (rows[0]?.busy !== 0) throw new Error('the log of a database that nobody else has is busy');
  } finally {
    await handles.close();
  }
}
