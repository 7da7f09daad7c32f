import type { Client } from 'pg';
import { sleep, type Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/config.ts';
import type { Secret } from '../config/secret.ts';

/** First keys of the advisory locks: who sends, and who is there. */
const SENDER = 29_814;
const NODE = 29_815;
/** Between two tries to become the sender, and two looks whether one still is. */
const LOOK_MS = 1000;
/** An answer that takes longer counts as none: another process may be the sender by then. */
const ANSWER_MS = 3000;
const CONNECT_MS = 5000;
/**
 * PostgreSQL gives up a connection whose other end is gone after about 15 s, and its locks with it: one that is idle by
 * keepalives, one with an answer under way, which TCP would repeat for a quarter of an hour, by the user timeout.
 */
const keepalives = `
  set tcp_keepalives_idle = 5;
  set tcp_keepalives_interval = 3;
  set tcp_keepalives_count = 3;
  set tcp_user_timeout = 15000`;

/** One process at a time sends what the outbox of a database holds. */
export interface SenderLock {
  /** Names this process in what it keeps in the database; another at each start. */
  readonly node: number;
  /** Whether others may write to the same database. */
  readonly isShared: boolean;
  /** Makes this process the one, unless another is; what is returned aborts when it is no more. Never rejects. */
  tryHold(): Promise<AbortSignal | undefined>;
  /** The processes that are there, this one among them. */
  nodes(): Promise<readonly number[]>;
  /** Lets another process be the one. */
  close(): Promise<void>;
}

/** Whom the processes on one database agree on. @throws when PostgreSQL cannot be reached at the start. */
export async function openSenderLock(
  store: Config['store'],
  options: { readonly clock: Clock; readonly log: Log; readonly node: number },
): Promise<SenderLock> {
  if (store.kind !== 'postgres') return new OnlyProcess(options.node);
  const lock = new PostgresSenderLock(store.url, options);
  await lock.connect();
  return lock;
}

/** A SQLite file has one process: `data-directory.ts` sees to that. */
class OnlyProcess implements SenderLock {
  readonly node: number;
  readonly isShared = false;
  readonly #closed = new AbortController();

  constructor(node: number) {
    this.node = node;
  }

  async tryHold(): Promise<AbortSignal | undefined> {
    return this.#closed.signal.aborted ? undefined : this.#closed.signal;
  }

  async nodes(): Promise<readonly number[]> {
    return [this.node];
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }
}

/** A connection and the locks that go with it. */
interface Session {
  readonly client: Client;
  readonly lost: AbortSignal;
  readonly lose: () => void;
}

/**
 * Advisory locks of a connection that serves nothing else. They fall when the connection does, however the process ends;
 * and who finds that it has no connection any more knows that it has no lock.
 */
class PostgresSenderLock implements SenderLock {
  readonly node: number;
  readonly isShared = true;
  readonly #url: Secret;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #closed = new AbortController();
  #session: Session | undefined;
  #connecting: Promise<Session> | undefined;
  #watching: Promise<void> = Promise.resolve();

  constructor(
    url: Secret,
    { clock, log, node }: { readonly clock: Clock; readonly log: Log; readonly node: number },
  ) {
    this.#url = url;
    this.#clock = clock;
    this.#log = log;
    this.node = node;
  }

  async tryHold(): Promise<AbortSignal | undefined> {
    if (this.#closed.signal.aborted) return undefined;
    try {
      const { client, lost } = await this.connect();
      const { rows } = await client.query<{ held: boolean }>(
        'select pg_try_advisory_lock($1, 0) as held',
        [SENDER],
      );
      return rows[0]?.held === true ? lost : undefined;
    } catch (err) {
      this.#log.warn({ err }, 'sender lock not to be had');
      return undefined;
    }
  }

  async nodes(): Promise<readonly number[]> {
    const { client } = await this.connect();
    const { rows } = await client.query<{ node: number }>(
      `select distinct objid::int4 as node from pg_locks
        where locktype = 'advisory' and classid = $1 and objsubid = 2 and granted
          and database = (select oid from pg_database where datname = current_database())`,
      [NODE],
    );
    return rows.map(({ node }) => node);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#connecting?.catch(() => undefined);
    const session = this.#session;
    session?.lose();
    await this.#watching;
    // A database that is gone answers no goodbye.
    if (session !== undefined)
      await Promise.race([end(session.client), sleep(this.#clock, LOOK_MS)]);
  }

  /** The session under way, or another one. @throws when the database does not answer, or this is closed. */
  async connect(): Promise<Session> {
    if (this.#session !== undefined) return this.#session;
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #open(): Promise<Session> {
    this.#closed.signal.throwIfAborted();
    const { Client } = await import('pg');
    const client = new Client({
      connectionString: this.#url.reveal(),
      application_name: `tutti sender ${this.node}`,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
    });
    const lost = new AbortController();
    const lose = (): void => {
      if (this.#session?.client === client) this.#session = undefined;
      lost.abort();
    };
    const session: Session = { client, lost: lost.signal, lose };
    client.on('error', lose);
    client.on('end', lose);
    try {
      await client.connect();
      await client.query(keepalives);
      // Shared: our own session of before may be holding it still.
      await client.query('select pg_advisory_lock_shared($1, $2)', [NODE, this.node]);
    } catch (error) {
      void end(client);
      throw error;
    }
    if (this.#closed.signal.aborted) {
      await end(client);
      throw new Error('closed meanwhile');
    }
    this.#session = session;
    this.#watching = this.#watch(session);
    return session;
  }

  /** Looks whether the connection is one still: a network that is gone tells nobody. Never rejects. */
  async #watch({ client, lost, lose }: Session): Promise<void> {
    while (!lost.aborted) {
      await sleep(this.#clock, LOOK_MS, lost);
      if (lost.aborted) return;
      try {
        await client.query('select 1');
      } catch (err) {
        if (lost.aborted) return;
        this.#log.warn({ err }, 'connection of the sender lock lost');
        lose();
        void end(client);
      }
    }
  }
}

/** Never rejects. */
async function end(client: Client): Promise<void> {
  await client.end().catch(() => undefined);
}
