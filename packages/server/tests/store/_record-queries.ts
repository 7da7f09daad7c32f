import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
} from 'kysely';
import type { Schema } from '../../src/store/schema.ts';
import type { Tx } from '../../src/store/transact.ts';
import type { Engine } from './_engines.ts';

/** A handle that sends its queries nowhere and notes them. */
export function recordQueries(engine: Engine, queries: CompiledQuery[]): Tx {
  const isSqlite = engine.name === 'SQLite';
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => (isSqlite ? new SqliteAdapter() : new PostgresAdapter()),
      createQueryCompiler: () =>
        isSqlite ? new SqliteQueryCompiler() : new PostgresQueryCompiler(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createDriver: () => new DummyDriver(),
    },
    log: ({ query }) => void queries.push(query),
  }) as Tx;
}
