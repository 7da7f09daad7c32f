import type { CompiledQuery, Kysely } from 'kysely';
import { isPostgres } from './engine.ts';
import type { Schema } from './schema.ts';

/** Stands for a value in a query that is compiled once and run many times. */
class Parameter {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

type Compilable<R> = { compile(): CompiledQuery<R> };

/** Names a value; typed as the value, so that the builder takes it. */
export type ParameterOf<P> = <K extends keyof P & string>(name: K) => P[K];

/** A connection that answers at once; `singleRow` says that there is one row at most, which is cheaper to read. */
export interface DirectConnection {
  run<R>(sql: string, parameters: readonly unknown[], singleRow: boolean): { readonly rows: R[] };
  /** As `run`, but answers as it did before while none of `tables` was written. */
  runKept<R>(
    sql: string,
    parameters: readonly unknown[],
    singleRow: boolean,
    tables: readonly string[],
  ): { readonly rows: R[] };
}

/** What a query that is run many times may do besides. */
export interface PreparedOptions {
  /** The tables it reads, when they are written so seldom that its answers are kept until they are. */
  readonly keptUntilWritten?: readonly (keyof Schema)[];
}

/**
 * The connections behind the handles of an engine that is in this process. A compiled query goes there directly:
 * Kysely's way to a connection takes as long as SQLite takes for the query.
 */
export const directConnections = new WeakMap<object, Direct>();

interface Direct {
  readonly connection: DirectConnection;
  /** To be waited for before a query, and after one before its answer is used. */
  readonly busy: () => Promise<void> | undefined;
  readonly seen: () => Promise<void> | undefined;
}

/**
 * By text, the names under which PostgreSQL's connections keep a statement parsed and planned: as many as there are
 * queries in the code.
 */
export const statementNames = new Map<string, string>();

/**
 * A query compiled to SQL the first time and run with other values from then on. For the hot paths: building a
 * query with Kysely costs more than SQLite takes to run it.
 */
export function prepared<P extends object, R>(
  build: (db: Kysely<Schema>, parameter: ParameterOf<P>) => Compilable<R>,
  options: PreparedOptions = {},
): (db: Kysely<Schema>, values: P) => Promise<R[]> {
  return run(build, false, options);
}

/** As `prepared`, for a query by key: the row, or undefined. */
export function preparedOne<P extends object, R>(
  build: (db: Kysely<Schema>, parameter: ParameterOf<P>) => Compilable<R>,
  options: PreparedOptions = {},
): (db: Kysely<Schema>, values: P) => Promise<R | undefined> {
  const query = run(build, true, options);
  return async (db, values) => (await query(db, values))[0];
}

function run<P extends object, R>(
  build: (db: Kysely<Schema>, parameter: ParameterOf<P>) => Compilable<R>,
  singleRow: boolean,
  { keptUntilWritten: tables }: PreparedOptions,
): (db: Kysely<Schema>, values: P) => Promise<R[]> {
  const byAdapter = new Map<unknown, CompiledQuery<R>>();
  return async (db, values) => {
    const { adapter } = db.getExecutor();
    let query = byAdapter.get(adapter.constructor);
    if (query === undefined) {
      // The marker travels through the builder as an opaque value and comes out among the parameters.
      const mark: ParameterOf<P> = (name) => new Parameter(name) as never;
      query = build(db, mark).compile();
      byAdapter.set(adapter.constructor, query);
      if (isPostgres(db) && !statementNames.has(query.sql)) {
        statementNames.set(query.sql, `tutti_${statementNames.size}`);
      }
    }
    const parameters = query.parameters.map((value) =>
      value instanceof Parameter ? (values as Record<string, unknown>)[value.name] : value,
    );
    const direct = directConnections.get(db);
    if (direct === undefined) {
      return (await db.executeQuery<R>({ ...query, parameters })).rows;
    }
    const busy = direct.busy();
    if (busy !== undefined) await busy;
    const { connection } = direct;
    const { rows } =
      tables === undefined
        ? connection.run<R>(query.sql, parameters, singleRow)
        : connection.runKept<R>(query.sql, parameters, singleRow, tables);
    const seen = direct.seen();
    if (seen !== undefined) await seen;
    return rows;
  };
}
