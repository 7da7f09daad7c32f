import type { CompiledQuery, Kysely } from 'kysely';
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

/**
 * A query compiled to SQL the first time and run with other values from then on. For the hot paths:
 * building a query with Kysely costs more than SQLite takes to run it.
 */
export function prepared<P extends object, R>(
  build: (db: Kysely<Schema>, parameter: ParameterOf<P>) => Compilable<R>,
): (db: Kysely<Schema>, values: P) => Promise<R[]> {
  const byCompiler = new Map<unknown, CompiledQuery<R>>();
  return async (db, values) => {
    const { adapter } = db.getExecutor();
    let query = byCompiler.get(adapter.constructor);
    if (query === undefined) {
      // The marker travels through the builder as an opaque value and comes out among the parameters.
      const mark: ParameterOf<P> = (name) => new Parameter(name) as never;
      query = build(db, mark).compile();
      byCompiler.set(adapter.constructor, query);
    }
    const parameters = query.parameters.map((value) =>
      value instanceof Parameter ? (values as Record<string, unknown>)[value.name] : value,
    );
    const result = await db.executeQuery<R>({ ...query, parameters });
    return result.rows;
  };
}
