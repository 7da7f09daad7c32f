const RESULTS_MAX = 1000;

type Rows = readonly unknown[];

/**
 * What queries about seldom written tables answered, until one of their tables is written: a webhook is configured once
 * and asked for with every event. Only for an engine on whose tables nobody else writes.
 */
export class KeptResults {
  /** By text of the query, then by its values. */
  readonly #results = new Map<string, Map<string, Rows>>();
  readonly #tablesOf = new Map<string, readonly string[]>();
  /** Written by the transaction under way. */
  readonly #written = new Set<string>();
  #count = 0;

  find(sql: string, parameters: readonly unknown[]): Rows | undefined {
    return this.#results.get(sql)?.get(keyOf(parameters));
  }

  keep(sql: string, tables: readonly string[], parameters: readonly unknown[], rows: Rows): void {
    if (this.#count >= RESULTS_MAX) this.clear();
    this.#count += 1;
    this.#tablesOf.set(sql, tables);
    const results = this.#results.get(sql) ?? new Map<string, Rows>();
    this.#results.set(sql, results.set(keyOf(parameters), rows));
  }

  /** Whether the transaction under way sees one of `tables` otherwise than those who read what was committed. */
  isWritten(tables: readonly string[]): boolean {
    return this.#written.size > 0 && tables.some((table) => this.#written.has(table));
  }

  written(table: string): void {
    this.#written.add(table);
  }

  /** The transaction was committed or undone. */
  ended(): void {
    if (this.#written.size === 0) return;
    for (const [sql, tables] of this.#tablesOf) if (this.isWritten(tables)) this.#forget(sql);
    this.#written.clear();
  }

  clear(): void {
    for (const sql of this.#tablesOf.keys()) this.#forget(sql);
  }

  #forget(sql: string): void {
    this.#count -= this.#results.get(sql)?.size ?? 0;
    this.#results.delete(sql);
    this.#tablesOf.delete(sql);
  }
}

function keyOf(parameters: readonly unknown[]): string {
  return parameters.length === 1 ? String(parameters[0]) : parameters.join('\n');
}
