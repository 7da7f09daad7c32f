import Database from 'libsql';
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
import type { Schema } from './schema.ts';

/** One SQLite database behind two handles: one that writes, one that reads what was committed. */
export interface SqliteHandles {
  readonly writer: Kysely<Schema>;
  readonly reader: Kysely<Schema>;
  /** Runs a statement without result on the writing connection. */
  exec(sql: string): void;
  /** In memory, where both handles are one connection: readers wait while this is set. */
  setBusy(busy: Promise<void> | undefined): void;
  close(): Promise<void>;
}

/**
 * Opens `path`, or a database in memory when it is undefined. What is acknowledged is on disk: WAL with
 * `synchronous=FULL` (SQLite: pragma.html#pragma_synchronous).
 *
 * @throws OutletError when the file cannot be opened.
 */
export function openSqlite(path: string | undefined): SqliteHandles {
  try {
    const writing = new Connection(path ?? ':memory:');
    if (path !== undefined) {
      writing.exec('PRAGMA journal_mode=WAL');
      writing.exec('PRAGMA synchronous=FULL');
    }
    writing.exec('PRAGMA busy_timeout=5000');
    const reading = path === undefined ? writing : new Connection(path);
    if (reading !== writing) reading.exec('PRAGMA busy_timeout=5000');

    let busy: Promise<void> | undefined;
    const writer = new Kysely<Schema>({ dialect: dialect(writing, () => undefined) });
    const reader = new Kysely<Schema>({ dialect: dialect(reading, () => busy) });
    return {
      writer,
      reader,
      exec: (sql) => writing.exec(sql),
      setBusy: (until) => {
        if (reading === writing) busy = until;
      },
      close: async () => {
        await reader.destroy();
        await writer.destroy();
        if (reading !== writing) reading.close();
        writing.close();
      },
    };
  } catch (cause) {
    throw new OutletError(
      'store',
      `cannot open the database ${path ?? 'in memory'}: ${String(cause)}`,
      {
        retryable: false,
        cause,
      },
    );
  }
}

function dialect(connection: Connection, busy: () => Promise<void> | undefined): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createDriver: () => new SqliteDriver(connection, busy),
  };
}

/** The library is synchronous, so a connection is never in the middle of a statement when asked for. */
class SqliteDriver implements Driver {
  readonly #connection: Connection;
  readonly #busy: () => Promise<void> | undefined;

  constructor(connection: Connection, busy: () => Promise<void> | undefined) {
    this.#connection = connection;
    this.#busy = busy;
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

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {}
}

class Connection implements DatabaseConnection {
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(path: string) {
    this.#database = new Database(path);
  }

  exec(sql: string): void {
    try {
      this.#database.exec(sql);
    } catch (cause) {
      throw storeError(sql, cause);
    }
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { sql, parameters } = query;
    for (const value of parameters) checkBindable(value);
    try {
      const statement = this.#prepare(sql);
      if (statement.reader) return { rows: statement.all(parameters) as R[] };
      const { changes } = statement.run(parameters);
      return { numAffectedRows: BigInt(changes), rows: [] };
    } catch (cause) {
      throw storeError(sql, cause);
    }
  }

  // eslint-disable-next-line require-yield -- nothing here streams; Kysely's interface asks for the method.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('streaming is not used');
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #prepare(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      // The set of texts is as small as the code; lists with varying filters are the exception.
      if (this.#statements.size >= 500) this.#statements.clear();
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** NOTE: libsql 0.5 aborts the whole process when asked to bind a boolean or another type it has no word for. */
function checkBindable(value: unknown): void {
  if (value === null || typeof value === 'string' || typeof value === 'number') return;
  throw new TypeError(`a ${typeof value} cannot be stored; the columns are text and integers`);
}

function storeError(sql: string, cause: unknown): unknown {
  const code = (cause as { code?: unknown }).code;
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return cause;
  // A statement that SQLite does not understand is a bug of ours; the rest is the disk's or the file's.
  if (code === 'SQLITE_ERROR') return cause;
  return new OutletError('store', `${code} at: ${sql.slice(0, 120)}`, {
    retryable: code !== 'SQLITE_CONSTRAINT_UNIQUE',
    cause,
  });
}
