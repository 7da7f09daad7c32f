import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** The same place as the tests'. */
const url = process.env.TUTTI_TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';

/** Makes a database for one run; undefined where PostgreSQL does not answer. */
export async function createDatabase() {
  const name = `tutti_bench_${randomBytes(6).toString('hex')}`;
  const run = async (sql) => {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 });
    try {
      await client.connect();
      await client.query(sql);
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  try {
    await run(`create database ${name}`);
  } catch {
    return undefined;
  }
  const own = new URL(url);
  own.pathname = `/${name}`;
  return { url: own.href, drop: () => run(`drop database ${name} with (force)`) };
}
