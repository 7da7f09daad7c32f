import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_MIGRATION_TABLE, Migrator, sql, type Kysely } from 'kysely';
import { OutletError } from '../base/app-error.ts';
import type { Config } from '../config/config.ts';
import { machineDetection } from './migrations/2026-11-23-machine-detection.ts';
import { pendingPlaces } from './migrations/2026-11-23-pending-places.ts';
import { attemptFilters } from './migrations/2026-11-25-attempt-filters.ts';
import { outgoingCallerIds } from './migrations/2026-11-25-outgoing-caller-ids.ts';
import { monitor } from './migrations/2026-11-22-monitor.ts';
import { initial } from './migrations/2026-11-22-initial.ts';
import { sipDomains } from './migrations/2026-11-23-sip-domains.ts';
import { mediaStreams } from './migrations/2026-11-22-media-streams.ts';
import { outboxGivenUp } from './migrations/2026-11-22-outbox-given-up.ts';
import { recordings } from './migrations/2026-11-22-recordings.ts';
import { pendingOutbox } from './migrations/2026-11-22-pending-outbox.ts';
import { requestCounts } from './migrations/2026-11-22-request-counts.ts';
import { secondaryAuthToken } from './migrations/2026-11-22-secondary-auth-token.ts';
import { liveTranscriptions } from './migrations/2026-11-22-transcriptions-live.ts';
import { transcriptions } from './migrations/2026-11-22-transcriptions.ts';
import { conferences } from './migrations/2026-11-22-voice-conferences.ts';
import { queues } from './migrations/2026-11-22-voice-queues.ts';
import { workingNodes } from './migrations/2026-11-22-working-nodes.ts';
import { conferenceRecordings } from './migrations/2026-11-23-conference-recordings.ts';
import { callOptions } from './migrations/2026-11-23-call-options.ts';
import { callMedia } from './migrations/2026-11-23-call-media.ts';
import { audits } from './migrations/2026-11-23-audits.ts';
import { sidUses } from './migrations/2026-11-22-sid-uses.ts';
import { webhookReplays } from './migrations/2026-11-22-webhook-replays.ts';
import { tokenGrants } from './migrations/2026-11-26-token-grants.ts';
import { voiceProxies } from './migrations/2026-11-26-voice-proxies.ts';
import { withAfterCommit } from './after-commit.ts';
import type { OnFailure } from './engine.ts';
import { openPostgres } from './postgres.ts';
import type { Schema } from './schema.ts';
import { openSqlite } from './sqlite.ts';
import { Transactions } from './transactions.ts';
import { GroupCommit, type OnCommit, type Transact } from './transact.ts';

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
  /**
   * After each commit, on SQLite with what it put into the outbox; on PostgreSQL after each transaction, committed or
   * not, with nothing: there may be something in the outbox.
   */
  readonly onCommit: OnCommit;
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
      await handles.unhurried((db) => migrate(db));
    } catch (error) {
      await close();
      throw error;
    }
    const transact = withAfterCommit(transactions.transact);
    return { db: handles.reader, transact, close, [Symbol.asyncDispose]: close };
  }
  if (config.kind === 'file') mkdirSync(config.directory, { recursive: true });
  const handles = openSqlite(
    config.kind === 'file' ? databasePath(config.directory) : undefined,
    onFailure,
  );
  const group = new GroupCommit(handles, onCommit);
  const close = once(async () => {
    await group.settled();
    await handles.close();
  });
  try {
    await migrate(handles.writer);
    handles.waitForNobody();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    db: handles.reader,
    transact: withAfterCommit(group.transact),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Where SQLite's database is in a data directory. */
export function databasePath(directory: string): string {
  return join(directory, 'tutti.db');
}

function once(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => (closing ??= close());
}

/** Dated, forward only, never edited once released. */
const migrations = {
  '2026-11-22-initial': initial,
  '2026-11-22-media-streams': mediaStreams,
  '2026-11-22-monitor': monitor,
  '2026-11-22-outbox-given-up': outboxGivenUp,
  '2026-11-22-pending-outbox': pendingOutbox,
  '2026-11-22-recordings': recordings,
  '2026-11-22-request-counts': requestCounts,
  '2026-11-22-secondary-auth-token': secondaryAuthToken,
  '2026-11-22-sid-uses': sidUses,
  '2026-11-22-transcriptions': transcriptions,
  '2026-11-22-transcriptions-live': liveTranscriptions,
  '2026-11-22-voice-conferences': conferences,
  '2026-11-22-voice-queues': queues,
  '2026-11-22-webhook-replays': webhookReplays,
  '2026-11-22-working-nodes': workingNodes,
  '2026-11-23-audits': audits,
  '2026-11-23-sip-domains': sipDomains,
  '2026-11-23-call-media': callMedia,
  '2026-11-23-call-options': callOptions,
  '2026-11-23-conference-recordings': conferenceRecordings,
  '2026-11-23-machine-detection': machineDetection,
  '2026-11-23-pending-places': pendingPlaces,
  '2026-11-25-attempt-filters': attemptFilters,
  '2026-11-25-outgoing-caller-ids': outgoingCallerIds,
  '2026-11-26-token-grants': tokenGrants,
  '2026-11-26-voice-proxies': voiceProxies,
};

/**
 * Brings the schema up to date, or to what it is with the migrations `names`.
 *
 * @throws OutletError when that fails, or the database has gone through migrations that are not among them.
 */
export async function migrate(
  db: Kysely<Schema>,
  names: readonly string[] = Object.keys(migrations),
): Promise<void> {
  const wanted = Object.entries(migrations).filter(([name]) => names.includes(name));
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => Object.fromEntries(wanted) },
    // Of two of one day the one that sorts first may have come later; a database may have the other already.
    allowUnorderedMigrations: true,
  });
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

/** The migrations that a database has gone through; none when it has nothing of ours. */
export async function appliedMigrations(db: Db): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)) return [];
  const { rows } = await sql<{ name: string }>`
    select name from ${sql.table(DEFAULT_MIGRATION_TABLE)} order by name`.execute(db);
  return rows.map(({ name }) => name);
}

/** Those of `names` that this version does not have. */
export function unknownMigrations(names: readonly string[]): string[] {
  return names.filter((name) => !(name in migrations));
}
