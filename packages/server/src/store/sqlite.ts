import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import Database from 'libsql';
import AsynchronousDatabase from 'libsql/promise';
import {
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from 'kysely';
import { OutletError } from '../base/app-error.ts';
import { storable, type OnFailure } from './engine.ts';
import { KeptResults } from './kept-results.ts';
import { LogFlush, syncFile, type SyncFile } from './log-flush.ts';
import { directConnections, type DirectConnection } from './prepared.ts';
import type { Schema } from './schema.ts';

/** One SQLite database behind two handles: one that writes, one that reads what was committed. */
export interface SqliteHandles {
  readonly writer: Kysely<Schema>;
  readonly reader: Kysely<Schema>;
  /** After a failure that may stay with open files. No flush may be under way when the next transaction begins. */
  areDoubtful(): boolean;
  /** Begins a transaction on the writing connection; opens doubtful files anew. False while another program holds the file. */
  tryBegin(): boolean;
  /** Runs a statement without result on the writing connection. */
  exec(sql: string): void;
  /**
   * Commits outside the event loop: until it resolves, nobody may use the writing connection. What it resolves with
   * tells when the commit is on the disk; the next transaction may run meanwhile.
   */
  commit(): Promise<Committed>;
  /** How many statements that may have written were run on the writing connection so far. */
  writes(): number;
  /** Whether the transaction is still there: SQLite ends it by itself when the disk is full. */
  isInTransaction(): boolean;
  /**
   * From now on nothing stops the event loop: what another program keeps from running fails as busy, and who commits
   * waits for the disk by what `commit` resolves with.
   */
  waitForNobody(): void;
  /** In memory, where both handles are one connection: readers wait while this is set. */
  setBusy(busy: Promise<void> | undefined): void;
  close(): Promise<void>;
}

/** A transaction that others see. */
export interface Committed {
  /** Resolves when it is on the disk; rejects with OutletError when nobody knows whether it is. */
  readonly flushed: Promise<void>;
}

/**
 * Opens `path`, or a database in memory when it is undefined. What is acknowledged is on disk: WAL with
 * `synchronous=FULL` (SQLite: pragma.html#pragma_synchronous). The files are their owner's alone: they hold credentials.
 *
 * @throws OutletError when the file cannot be opened.
 */
export function openSqlite(
  path: string | undefined,
  onFailure: OnFailure = () => undefined,
  sync: SyncFile = syncFile,
): SqliteHandles {
  try {
    if (path !== undefined) keepForOwner(path);
    const files: Files = {
      onFailure,
      areDoubtful: false,
      kept: new KeptResults(),
      log: path === undefined ? undefined : new LogFlush(`${path}-wal`, sync),
      unflushed: undefined,
    };
    const writing = new Connection(path ?? ':memory:', path === undefined ? [] : durable, files);
    const reading = path === undefined ? writing : new Connection(path, [], files);

    let busy: Promise<void> | undefined;
    // What is read was committed, and may be told of only once that is on the disk.
    const seen = (): Promise<void> | undefined => files.unflushed;
    const nothing = (): undefined => undefined;
    const writer = new Kysely<Schema>({ dialect: dialect(writing, nothing, nothing) });
    const reader = new Kysely<Schema>({ dialect: dialect(reading, () => busy, seen) });
    directConnections.set(writer, { connection: writing, busy: nothing, seen: nothing });
    directConnections.set(reader, { connection: reading, busy: () => busy, seen });
    return {
      writer,
      reader,
      areDoubtful: () => files.areDoubtful,
      tryBegin: () => {
        if (files.areDoubtful && path !== undefined) {
          // Both are closed before one is opened: SQLite shares what it knows of a file within the process.
          reading.close();
          writing.close();
          files.log?.close();
          writing.open();
          reading.open();
          files.kept.clear();
          files.areDoubtful = false;
        }
        return writing.tryBegin();
      },
      exec: (sql) => writing.exec(sql),
      commit: () => writing.commit(),
      writes: () => writing.writes,
      isInTransaction: () => writing.isInTransaction(),
      waitForNobody: () => {
        writing.waitForNobody();
        if (reading !== writing) reading.waitForNobody();
      },
      setBusy: (until) => {
        if (reading === writing) busy = until;
      },
      close: async () => {
        await reader.destroy();
        await writer.destroy();
        if (reading !== writing) reading.close();
        writing.close();
        files.log?.close();
      },
    };
  } catch (cause) {
    throw new OutletError(
      'store',
      `cannot open the database ${path ?? 'in memory'}: ${cause instanceof Error ? cause.message : String(cause)}. See that it is whole and that this user may write it; or restore a backup, or choose another directory with --data DIR.`,
      { retryable: false, cause },
    );
  }
}

/** Before SQLite opens the file: it gives the log and the index beside it the mode that the file has. */
function keepForOwner(path: string): void {
  closeSync(openSync(path, 'a', OWNER_ALONE));
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    if (existsSync(file)) chmodSync(file, OWNER_ALONE);
  }
}

const OWNER_ALONE = 0o600;

const durable = [
  'PRAGMA journal_mode=WAL',
  'PRAGMA synchronous=FULL',
  // Copying the log back into the file costs two more flushes; done every 32 MB instead of every 4 it takes a
  // third off the cost of a message.
  'PRAGMA wal_autocheckpoint=8000',
];

/**
 * A commit is in the log but not on the disk. SQLite itself flushes the log before it copies it into the file, and the
 * file before it writes the log anew, so what is on the disk is whole at any moment (SQLite: pragma.html#pragma_synchronous).
 */
const NOT_FLUSHED = 'PRAGMA synchronous=NORMAL';

/** How long opening and migrating wait for another program that holds the file. */
const OPENING_BUSY_MS = 5000;

/** What the connections of one database have in common. */
interface Files {
  readonly onFailure: OnFailure;
  /** A connection that found the files damaged, moved or unreadable may go on doing so after they are mended. */
  areDoubtful: boolean;
  readonly kept: KeptResults;
  /** In memory there is none. */
  readonly log: LogFlush | undefined;
  /** Resolves when the newest commit is on the disk, or has failed; undefined when it is. */
  unflushed: Promise<void> | undefined;
}

type Pending = () => Promise<void> | undefined;

function dialect(connection: Connection, busy: Pending, seen: Pending): Dialect {
  return {
    createAdapter: () => new TransactionalAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createDriver: () => new SqliteDriver(connection, busy, seen),
  };
}

/**
 * NOTE: Kysely migrates in a transaction only where it is told that it can. A process killed between two steps of a
 * migration would leave a database that no later start can bring up to date.
 */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** The library is synchronous, so a connection is never in the middle of a statement when asked for. */
class SqliteDriver implements Driver {
  readonly #connection: Connection;
  readonly #busy: Pending;
  readonly #seen: Pending;

  constructor(connection: Connection, busy: Pending, seen: Pending) {
    this.#connection = connection;
    this.#busy = busy;
    this.#seen = seen;
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const busy = this.#busy();
    if (busy !== undefined) await busy;
    return this.#connection;
  }

  async init(): Promise<void> {}

  async beginTransaction(): Promise<void> {
    this.#connection.exec('BEGIN IMMEDIATE');
  }

  async commitTransaction(): Promise<void> {
    this.#connection.exec('COMMIT');
  }

  async rollbackTransaction(): Promise<void> {
    this.#connection.exec('ROLLBACK');
  }

  /** Nobody has the rows before the connection is given back. */
  async releaseConnection(): Promise<void> {
    const seen = this.#seen();
    if (seen !== undefined) await seen;
  }

  async destroy(): Promise<void> {}
}

/** A prepared statement, and what is asked of the library once because each asking costs. */
interface Prepared {
  readonly statement: Database.Statement;
  /** Names of the columns; undefined when the statement returns no rows. */
  readonly columns: readonly string[] | undefined;
  readonly isRead: boolean;
  /** The table that the statement writes. */
  readonly written: string | undefined;
}

class Connection implements DatabaseConnection, DirectConnection {
  readonly #path: string;
  readonly #settings: readonly string[];
  readonly #files: Files;
  /**
   * NOTE: two for each text: in libsql 0.5 `get` on a statement that `all` was called on before answers with the row
   * of the values given then.
   */
  readonly #statements = new Map<string, Prepared>();
  readonly #singleRowStatements = new Map<string, Prepared>();
  #database: Database.Database | undefined;
  #writes = 0;
  #busyMs = OPENING_BUSY_MS;
  #flushesApart = false;

  constructor(path: string, settings: readonly string[], files: Files) {
    this.#path = path;
    this.#settings = settings;
    this.#files = files;
    this.open();
  }

  open(): void {
    try {
      this.#database = new Database(this.#path);
      this.#database.exec(`PRAGMA busy_timeout=${OPENING_BUSY_MS}`);
      for (const setting of this.#settings) this.#database.exec(setting);
      this.#database.exec(`PRAGMA busy_timeout=${this.#busyMs}`);
      if (this.#flushesApart) this.#database.exec(NOT_FLUSHED);
    } catch (cause) {
      this.close();
      throw this.#failure('open', cause);
    }
  }

  /**
   * From now on a statement that another program keeps from running fails at once: waiting would stop the event loop.
   * COMMIT leaves the log to be flushed.
   */
  waitForNobody(): void {
    this.#busyMs = 0;
    this.exec('PRAGMA busy_timeout=0');
    this.#flushesApart = this.#files.log !== undefined;
    if (this.#flushesApart) this.exec(NOT_FLUSHED);
  }

  exec(sql: string): void {
    try {
      this.#opened().exec(sql);
    } catch (cause) {
      throw this.#failure(sql, cause);
    } finally {
      if (sql === 'ROLLBACK') this.#files.kept.ended();
    }
  }

  tryBegin(): boolean {
    try {
      this.#opened().exec('BEGIN IMMEDIATE');
      return true;
    } catch (cause) {
      if (codeOf(cause).startsWith('SQLITE_BUSY')) return false;
      throw this.#failure('BEGIN', cause);
    }
  }

  isInTransaction(): boolean {
    return this.#database?.inTransaction === true;
  }

  get writes(): number {
    return this.#writes;
  }

  async commit(): Promise<Committed> {
    const committed = this.#commit();
    const flushed = committed.then(() => this.#flush());
    // Readers see it before this process hears of it. What failed is told to who commits.
    const over = flushed.catch(() => undefined);
    const { log } = this.#files;
    if (log !== undefined) {
      this.#files.unflushed = over;
      void over.then(() => {
        if (this.#files.unflushed === over) this.#files.unflushed = undefined;
      });
    }
    await committed;
    return { flushed };
  }

  async #flush(): Promise<void> {
    try {
      await this.#files.log?.flush();
    } catch (cause) {
      // The next transaction opens the files anew.
      this.#files.areDoubtful = true;
      const { code } = cause as { readonly code?: unknown };
      const message = `the log could not be flushed: ${String(code)}`;
      const error = new OutletError('store', message, { retryable: true, cause });
      this.#files.onFailure(error);
      throw error;
    }
  }

  async #commit(): Promise<void> {
    const database = this.#opened();
    try {
      // NOTE: the library's two interfaces differ in their JavaScript only and share the connection behind it; this
      // one runs the statement on a thread of its own, so that requests are read while the disk is flushed.
      await AsynchronousDatabase.prototype.exec.call(database, 'COMMIT');
    } catch (cause) {
      throw this.#failure('COMMIT', cause);
    } finally {
      this.#files.kept.ended();
    }
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    return this.run(sql, parameters, false);
  }

  run<R>(sql: string, given: readonly unknown[], singleRow: boolean): QueryResult<R> {
    for (const value of given) checkBindable(value);
    const parameters = storable(given);
    try {
      const { statement, columns, isRead, written } = this.#prepare(
        sql,
        singleRow ? this.#singleRowStatements : this.#statements,
      );
      if (!isRead) this.#writes += 1;
      if (written !== undefined) this.#files.kept.written(written);
      if (columns === undefined) {
        const { changes } = statement.run(parameters);
        return { numAffectedRows: BigInt(changes), rows: [] };
      }
      // Rows come as arrays: building the objects here takes half the time the library takes for it.
      if (singleRow) {
        const row = statement.get(parameters) as unknown[] | undefined;
        return { rows: row === undefined ? [] : [toObject(columns, row) as R] };
      }
      const rows = statement.all(parameters) as unknown[][];
      return { rows: rows.map((row) => toObject(columns, row) as R) };
    } catch (cause) {
      throw this.#failure(sql, cause);
    }
  }

  runKept<R>(
    sql: string,
    given: readonly unknown[],
    singleRow: boolean,
    tables: readonly string[],
  ): QueryResult<R> {
    const { kept } = this.#files;
    if (kept.isWritten(tables)) return this.run<R>(sql, given, singleRow);
    const found = kept.find(sql, given);
    if (found !== undefined) return { rows: found as R[] };
    const result = this.run<R>(sql, given, singleRow);
    kept.keep(sql, tables, given, result.rows);
    return result;
  }

  // eslint-disable-next-line require-yield -- nothing here streams; Kysely's interface asks for the method.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('streaming is not used');
  }

  close(): void {
    this.#statements.clear();
    this.#singleRowStatements.clear();
    this.#database?.close();
    this.#database = undefined;
  }

  #opened(): Database.Database {
    if (this.#database !== undefined) return this.#database;
    throw new OutletError('store', 'the database is not open', { retryable: true });
  }

  #failure(sql: string, cause: unknown): unknown {
    const error = storeError(sql, cause);
    if (error instanceof OutletError && error.retryable) {
      if (doubtful.test(codeOf(cause))) this.#files.areDoubtful = true;
      this.#files.onFailure(error);
    }
    return error;
  }

  #prepare(sql: string, statements: Map<string, Prepared>): Prepared {
    let prepared = statements.get(sql);
    if (prepared === undefined) {
      // The set of texts is as small as the code; lists with varying filters are the exception.
      if (statements.size >= 500) statements.clear();
      const statement = this.#opened().prepare(sql);
      const columns = statement.reader ? statement.columns().map(({ name }) => name) : undefined;
      if (columns !== undefined) statement.raw(true);
      const isRead = /^select\b/i.test(sql);
      prepared = { statement, columns, isRead, written: writtenTable.exec(sql)?.[1] };
      statements.set(sql, prepared);
    }
    return prepared;
  }
}

const writtenTable = /^(?:insert into|update|delete from) "(\w+)"/i;

function toObject(columns: readonly string[], row: readonly unknown[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (let index = 0; index < columns.length; index += 1) {
    object[columns[index] as string] = row[index];
  }
  return object;
}

/** NOTE: libsql 0.5 aborts the whole process when asked to bind a boolean or another type it has no word for. */
function checkBindable(value: unknown): void {
  if (value === null || typeof value === 'string' || typeof value === 'number') return;
  throw new TypeError(`a ${typeof value} cannot be stored; the columns are text and integers`);
}

/** SQLite: rescode; after these the files are opened anew. */
const doubtful = /^SQLITE_(CORRUPT|NOTADB|IOERR|CANTOPEN|READONLY|PROTOCOL)/;
/** SQLite: rescode; the disk or another program, and not a bug of ours. */
const outage = /^SQLITE_(BUSY|LOCKED|FULL|NOMEM|INTERRUPT)/;

function codeOf(cause: unknown): string {
  return String((cause as { readonly code?: unknown }).code);
}

function storeError(sql: string, cause: unknown): unknown {
  if (cause instanceof OutletError) return cause;
  const code = codeOf(cause);
  const isOutage = doubtful.test(code) || outage.test(code);
  if (!isOutage && code !== 'SQLITE_CONSTRAINT_UNIQUE') return cause;
  const message = `${code} at: ${sql.slice(0, 120)}`;
  return new OutletError('store', message, { retryable: isOutage, cause });
}
