import type { MediaFileSid } from '../media-files.ts';
import { unknownMigrations } from '../open-store.ts';
import { backupError } from './backup-error.ts';

const FORMAT = 1;

/** What a backup says of itself; its `manifest.json`. */
export interface Manifest {
  /** Of the archive, not of the database. */
  readonly format: number;
  /** ISO 8601 */
  readonly created: string;
  readonly engine: 'SQLite' | 'PostgreSQL';
  /** Those that the database had gone through. */
  readonly migrations: readonly string[];
  /** Rows of each table. */
  readonly tables: Readonly<Record<string, number>>;
  readonly mediaFiles: number;
  readonly missingMedia: MissingMedia;
}

/** Media whose record is in the backup and whose file was not there any more. */
export interface MissingMedia {
  readonly count: number;
  /** Some of them. */
  readonly sids: readonly MediaFileSid[];
}

export function writeManifest(manifest: Omit<Manifest, 'format'>): string {
  return `${JSON.stringify({ format: FORMAT, ...manifest }, null, 2)}\n`;
}

/** Reads what `writeManifest` wrote. @throws OutletError when a newer version of Tutti wrote it. */
export function readManifest(path: string, text: string): Manifest {
  const manifest = JSON.parse(text) as Manifest;
  const unknown =
    manifest.format > FORMAT ? ['another form'] : unknownMigrations(manifest.migrations);
  if (unknown.length > 0) {
    throw backupError(
      `${path} was written by a newer version of Tutti: it has ${unknown.join(', ')}, of which this version knows nothing. Update Tutti and restore it then.`,
    );
  }
  return manifest;
}
