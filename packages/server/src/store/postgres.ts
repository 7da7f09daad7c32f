import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import type { Pool as Connections, PoolClient, PoolConfig } from 'pg';
import { OutletError } from '../base/app-error.ts';
import type { Secret } from '../config/secret.ts';
import { storable, type OnFailure } from './engine.ts';
import { statementNames } from './prepared.ts';
import type { Schema } from './schema.ts';

/** Connections of transactions and of reads: reads do not queue behind transactions that wait for one row. */
const WRITERS_MAX = 16;
const READERS_MAX = 8;
/** To connect, or to be given a connection when all are in use. */
const CONNECT_TIMEOUT_MS = 5000;
/** What the database gives a statement, and somewhat later what we give an answer that does not come at all. */
const STATEMENT_TIMEOUT_MS = 10_000;
const ANSWER_TIMEOUT_MS = 12_000;
/** Of a transaction whose process is gone without a word. */
const IDLE_TRANSACTION_TIMEOUT_MS = 15_000;
const KEEPALIVE_AFTER_MS = 10_000;
/** PostgreSQL: catalog-pg-type */
const INT8 = 20;

/** One PostgreSQL database behind two pools. */
export interface PostgresHandles {
  readonly writer: Kysely<Schema>;
  readonly reader: Kysely<Schema>;
  /** Runs `work` on a connection of its own whose statements may take their time. */
  unhurried(work: (db: Kysely<Schema>) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Connects to nothing yet. The driver is loaded here, so that a server on SQLite never loads it. */
export async function openPostgres(url: Secret, onFailure: OnFailure): Promise<PostgresHandles> {
  const { Pool, types } = await import('pg');
  const open = (config: PoolConfig): { pool: Connections; db: Kysely<Schema> } => {
    const pool = new Pool({
      connectionString: url.reveal(),
      application_name: 'tutti',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEPALIVE_AFTER_MS,
      // Instants and seqs are below 2^53.
      types: {
        getTypeParser: ((oid: number, format: 'text') =>
          oid === INT8 ? Number : types.getTypeParser(oid, format)) as never,
      },
      ...config,
    });
    // An idle connection that broke is out of the pool already; the next one is made when it is needed.
    pool.on('error', () => undefined);
    const dialect = new PostgresDialect({ pool: new WatchedPool(pool, onFailure) });
    return { pool, db: new Kysely<Schema>({ dialect }) };
  };
  const hurried: PoolConfig = {
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
  };
  const writing = open({ ...hurried, max: WRITERS_MAX });
  const reading = open({ ...hurried, max: READERS_MAX });
  return {
    writer: writing.db,
    reader: reading.db,
    unhurried: async (work) => {
      const { pool, db } = open({ max: 1 });
      try {
        await work(db);
      } finally {
        await pool.end();
      }
    },
    close: async () => {
      await Promise.all([writing.pool.end(), reading.pool.end()]);
    },
  };
}

/** The driver's pool, in the words of Kysely and with failures in ours. */
class WatchedPool implements PostgresPool {
  readonly #pool: Connections;
  readonly #onFailure: OnFailure;

  constructor(pool: Connections, onFailure: OnFailure) {
    this.#pool = pool;
    this.#onFailure = onFailure;
  }

  async connect(): Promise<PostgresPoolClient> {
    const lease = new Lease(
      this.#pool,
      await connect(this.#pool, this.#onFailure),
      this.#onFailure,
    );
    return lease as unknown as PostgresPoolClient;
  }

  async end(): Promise<void> {
    await this.#pool.end();
  }
}

async function connect(pool: Connections, onFailure: OnFailure): Promise<PoolClient> {
  try {
    const client = await pool.connect();
    // Between two statements of a transaction nobody else would hear it, and an error unheard ends the process.
    if (client.listenerCount('error') === 0) client.on('error', () => undefined);
    return client;
  } catch (cause) {
    throw storeError(CONNECT, cause, onFailure);
  }
}

/** A connection from when it is taken out of the pool until it is given back. */
class Lease {
  readonly #pool: Connections;
  readonly #onFailure: OnFailure;
  /** Undefined once a lost one was given back and no other was to be had. */
  #client: PoolClient | undefined;
  #isFresh = true;
  #isBroken = false;

  constructor(pool: Connections, client: PoolClient, onFailure: OnFailure) {
    this.#pool = pool;
    this.#client = client;
    this.#onFailure = onFailure;
  }

  async query(sql: string, parameters: readonly unknown[]): Promise<unknown> {
    const name = statementNames.get(sql);
    const statement = {
      ...(name !== undefined && { name }),
      text: sql,
      values: storable(parameters) as unknown[],
    };
    for (let attempt = 0; ; attempt += 1) {
      const client = this.#client;
      if (client === undefined)
        throw new OutletError('store', 'no connection', { retryable: true });
      try {
        const answer = await client.query(statement);
        this.#isFresh = false;
        return answer;
      } catch (cause) {
        // After anything but the database's own refusal nobody knows what the connection's next answer belongs to.
        // A plan that no longer fits its table stays with the connection, too.
        const state = sqlStateOf(cause);
        const isFatal = (cause as { severity?: unknown }).severity !== 'ERROR';
        if (state === undefined || isFatal || state === STALE_PLAN) this.#isBroken = true;
        // It ended while it lay in the pool. The first statement begins a transaction or only reads: nothing is done.
        if (this.#isFresh && isLost(cause) && attempt < WRITERS_MAX) {
          client.release(true);
          this.#client = undefined;
          this.#isBroken = false;
          this.#client = await connect(this.#pool, this.#onFailure);
          continue;
        }
        throw storeError(sql, cause, this.#onFailure);
      }
    }
  }

  release(): void {
    this.#client?.release(this.#isBroken);
  }
}

/** PostgreSQL: errcodes-appendix. Another transaction was first; run again, the action sees what that one wrote. */
const UNIQUE_VIOLATION = '23505';
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';
/** "cached plan must not change result type": another node has migrated the table. */
const STALE_PLAN = '0A000';
const conflicts = new Set([UNIQUE_VIOLATION, SERIALIZATION_FAILURE, DEADLOCK, STALE_PLAN]);
const QUERY_CANCELED = '57014';
const READ_ONLY = '25006';
/** Classes of what is not the statement's fault: connection, resources, operator, system, internal; access, catalog. */
const outages = /^(08|53|57|58|XX|28|3D)/;

/** Whether a transaction failed because of another at the same time, so that the same action may succeed now. */
export function isConflict(error: unknown): boolean {
  const cause = error instanceof OutletError ? error.cause : error;
  return conflicts.has(sqlStateOf(cause) ?? '');
}

function sqlStateOf(cause: unknown): string | undefined {
  const { code, severity } = cause as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && severity !== undefined ? code : undefined;
}

/** Whether the connection is gone, as opposed to slow: an operator or the network ended it. */
function isLost(cause: unknown): boolean {
  const state = sqlStateOf(cause);
  if (state !== undefined) return state.startsWith('57P');
  return !(cause instanceof Error && /timeout/i.test(cause.message));
}

/** What is under way where there is no statement yet. */
const CONNECT = 'connect';

function storeError(sql: string, cause: unknown, onFailure: OnFailure): unknown {
  const state = sqlStateOf(cause);
  const isConnection = state === undefined;
  const isOutage = isConnection || state === READ_ONLY || outages.test(state);
  // A statement that PostgreSQL does not understand is a bug of ours.
  if (!isOutage && !conflicts.has(state)) return cause;
  const { code } = cause as { code?: unknown };
  const reason = typeof code === 'string' ? code : 'connection';
  const detail = cause instanceof Error ? cause.message : '';
  const message =
    sql === CONNECT
      ? `cannot connect to the PostgreSQL database of TUTTI_DATABASE_URL: ${detail === '' ? reason : detail}. See that it runs, is there, and lets this user in.`
      : `${reason} at: ${sql.slice(0, 120)}: ${detail}`;
  const error = new OutletError('store', message, { retryable: true, cause });
  if (isOutage && state !== QUERY_CANCELED) onFailure(error);
  return error;
}
