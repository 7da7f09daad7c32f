import { SqliteAdapter, sql, type Kysely } from 'kysely';

/** Column types the schema is made of, in words both engines understand. */
type ColumnType = 'text' | 'text null' | 'integer' | 'integer null';

/** High 16 bits of the advisory locks that say which `seq` a transaction under way may hold. */
const SEQ_LOCK = 29_812;

/**
 * Makes PostgreSQL's source of `seq`: one for all tables. A transaction takes, before its first number, a shared lock
 * whose key is the lowest number it can get; so the lowest key held by anybody is the bound below which all is settled,
 * and `tutti_settled_seq` tells it. The numbers given out are read before the locks: a number given out later is above.
 * Nobody waits for anybody.
 */
export async function sequence(db: Kysely<unknown>): Promise<void> {
  if (isSqlite(db)) return;
  const first = sql.raw(String(2n ** 48n * BigInt(SEQ_LOCK)));
  const mask = sql.raw(String(2n ** 48n - 1n));
  await sql`create sequence tutti_seq as bigint`.execute(db);
  await sql`
    create function tutti_next_seq() returns bigint language plpgsql volatile as $$
    begin
      if coalesce(current_setting('tutti.seq_locked', true), '') = '' then
        perform pg_advisory_xact_lock_shared(
          ${first} + case when is_called then last_value + 1 else last_value end
        ) from tutti_seq;
        perform set_config('tutti.seq_locked', 'yes', true);
      end if;
      return nextval('tutti_seq');
    end $$`.execute(db);
  await sql`
    create function tutti_settled_seq() returns bigint language plpgsql volatile as $$
    declare
      next bigint;
      lowest bigint;
    begin
      select case when is_called then last_value + 1 else last_value end into next from tutti_seq;
      select min(((classid::bigint << 32) | objid::bigint) & ${mask}) into lowest
        from pg_locks
        where locktype = 'advisory' and objsubid = 1 and classid::bigint >> 16 = ${sql.raw(String(SEQ_LOCK))}
          and database = (select oid from pg_database where datname = current_database());
      return least(next, lowest);
    end $$`.execute(db);
}

/** Creates a table with `seq` as its rising primary key. Integers hold instants, so they are 64 bits wide. */
export async function table(
  db: Kysely<unknown>,
  name: string,
  columns: Readonly<Record<string, ColumnType>>,
): Promise<void> {
  const sqlite = isSqlite(db);
  let builder = db.schema
    .createTable(name)
    .addColumn('seq', sqlite ? 'integer' : 'bigint', (column) =>
      sqlite
        ? column.primaryKey().autoIncrement()
        : column.defaultTo(sql`tutti_next_seq()`).primaryKey(),
    );
  for (const [column, type] of Object.entries(columns)) {
    const [base, nullable] = type.split(' ');
    builder = builder.addColumn(column, base === 'text' ? 'text' : 'bigint', (definition) =>
      nullable === undefined ? definition.notNull() : definition,
    );
  }
  await builder.execute();
}

export async function unique(
  db: Kysely<unknown>,
  name: string,
  columns: readonly string[],
): Promise<void> {
  await db.schema
    .createIndex(`${name}_${columns.join('_')}`)
    .unique()
    .on(name)
    .columns([...columns])
    .execute();
}

export async function index(
  db: Kysely<unknown>,
  name: string,
  columns: readonly string[],
): Promise<void> {
  await db.schema
    .createIndex(`${name}_${columns.join('_')}`)
    .on(name)
    .columns([...columns])
    .execute();
}

function isSqlite(db: Kysely<unknown>): boolean {
  return db.getExecutor().adapter instanceof SqliteAdapter;
}
