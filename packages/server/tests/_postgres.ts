import { Client } from 'pg';
import { randomIds } from '../src/base/ids.ts';

/** Where tests make databases of their own. */
export const postgresUrl =
  process.env['TUTTI_TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';

/** Whether PostgreSQL answers there. */
export async function hasPostgres(): Promise<boolean> {
  const client = new Client({ connectionString: postgresUrl, connectionTimeoutMillis: 2000 });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
  /** Runs a statement as somebody else on the same machine: not in this database, and not by the server's pools. */
  asAdmin(sql: string, values?: unknown[]): Promise<unknown[]>;
  drop(): Promise<void>;
}

/** Makes an empty database that is dropped at the end. */
export async function createDatabase(): Promise<TestDatabase> {
  const name = `tutti_test_${randomIds.secret().slice(0, 16)}`;
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  const asAdmin: TestDatabase['asAdmin'] = async (sql, values) => {
    const client = new Client(postgresUrl);
    await client.connect();
    try {
      return (await client.query(sql, values)).rows as unknown[];
    } finally {
      await client.end();
    }
  };
  await asAdmin(`create database ${name}`);
  const drop = async (): Promise<void> => {
    await asAdmin(`drop database if exists ${name} with (force)`);
  };
  return { url: url.href, name, asAdmin, drop, [Symbol.asyncDispose]: drop };
}
