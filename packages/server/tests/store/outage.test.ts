import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { expect, test } from 'vitest';
import { createDatabase } from '../_postgres.ts';
import { startTestServer, type TestServer } from '../_server.ts';
import { both, onEngines, type Engine } from './_engines.ts';
import { openProxy } from './_proxy.ts';

/** A server and a way to break the database under it. */
interface Bed extends AsyncDisposable {
  readonly server: TestServer;
  break(): Promise<void>;
  mend(): Promise<void>;
}

async function onPostgres(): Promise<Bed> {
  const database = await createDatabase();
  const url = new URL(database.url);
  const proxy = await openProxy(url.hostname, Number(url.port || 5432));
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  const server = await startTestServer({
    TUTTI_EPHEMERAL: '0',
    TUTTI_DATABASE_URL: url.href,
    TUTTI_DATA: join(tmpdir(), database.name),
  });
  return {
    server,
    break: () => proxy.refuse(),
    mend: () => proxy.restore(),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await database.drop();
    },
  };
}

async function onSqlite(): Promise<Bed> {
  const directory = await mkdtemp(join(tmpdir(), 'tutti-outage-'));
  const path = join(directory, 'tutti.db');
  const server = await startTestServer({ TUTTI_EPHEMERAL: '0', TUTTI_DATA: directory });
  let whole = Buffer.alloc(0);
  return {
    server,
    break: async () => {
      const other = new Database(path);
      other.pragma('wal_checkpoint(truncate)');
      whole = await readFile(path);
      await writeFile(path, Buffer.alloc(whole.length, 0x5a));
      other.close();
    },
    mend: () => writeFile(path, whole),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const start = ({ name }: Engine): Promise<Bed> => (name === 'SQLite' ? onSqlite() : onPostgres());

onEngines('A server whose database fails', both, (engine) => {
  test('answers 503 with Retry-After, works again by itself and raises one alert', async () => {
    await using bed = await start(engine);
    const { server } = bed;
    const create = (): ReturnType<TestServer['request']> =>
      server.request('POST', '/conversations/v1/Conversations', { FriendlyName: 'x' });
    const before = await create();

    await bed.break();
    const during = await Promise.all(Array.from({ length: 20 }, create));
    await bed.mend();
    await expect.poll(async () => (await create()).status, { timeout: 10_000 }).toBe(201);
    await expect.poll(async () => (await server.alerts()).length, { timeout: 10_000 }).toBe(1);
    await Promise.all(Array.from({ length: 20 }, create));

    expect(before.status).toBe(201);
    for (const { status, headers, body } of during) {
      expect([status, headers['retry-after'], body.code]).toEqual([503, '1', 20503]);
      expect(JSON.stringify(body)).not.toMatch(/SQLITE|ECONN|select/);
    }
    const alerts = await server.alerts();
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ error_code: '20503', log_level: 'error' });
    expect(alerts[0].alert_text).toMatch(
      /the database failed from \d{4}-.* to \d{4}-.*It works again/,
    );
  });
});
