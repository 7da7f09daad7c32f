import { SqliteAdapter, type Kysely } from 'kysely';

/** Column types the schema is made of, in words both engines understand. */
type ColumnType = 'text' | 'text null' | 'integer' | 'integer null';

/** Creates a table with `seq` as its rising primary key. Integers hold instants, so they are 64 bits wide. */
export async function table(
  db: Kysely<unknown>,
  name: string,
  columns: Readonly<Record<string, ColumnType>>,
): Promise<void> {
  const sqlite = db.getExecutor().adapter instanceof SqliteAdapter;
  let builder = db.schema
    .createTable(name)
    .addColumn('seq', sqlite ? 'integer' : 'bigint', (column) =>
      sqlite
        ? column.primaryKey().autoIncrement()
        : column.generatedAlwaysAsIdentity().primaryKey(),
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
