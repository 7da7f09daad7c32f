import { copyFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { insertNewMessage } from '../../src/actions/add-message.ts';
import { OutletError } from '../../src/base/app-error.ts';
import { Secret } from '../../src/config/secret.ts';
import type { Conversation } from '../../src/model/conversation.ts';
import { findConversation } from '../../src/store/conversations.ts';
import { listMessagesAfter } from '../../src/store/messages.ts';
import type { New } from '../../src/store/schema.ts';
import { createDatabase } from '../_postgres.ts';
import { deferred } from './_deferred.ts';
import { onEngines, open, postgres, sqlite, type OpenedStore } from './_engines.ts';
import { openProxy } from './_proxy.ts';

const origin = { source: 'API', webhooks: false } as const;

function add(
  opened: OpenedStore,
  { sid: conversationSid, accountSid }: New<Conversation>,
  body = 'b',
): Promise<unknown> {
  return opened.store.transact((tx) =>
    insertNewMessage(
      tx,
      opened.context,
      { accountSid, conversationSid, author: 'a', body, attributes: '{}' },
      origin,
    ),
  );
}

async function failureOf(promise: Promise<unknown>): Promise<OutletError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OutletError);
  expect(error).toMatchObject({ outlet: 'store', retryable: true });
  return error as OutletError;
}

function fileOf({ config }: OpenedStore): string {
  if (config.kind !== 'file') throw new Error('not a file');
  return join(config.directory, 'tutti.db');
}

onEngines('A store that fails', [sqlite], (engine) => {
  test('for want of space says so to every action it undid, and goes on when there is space', async () => {
    await using opened = await open(engine);
    const conversation = await opened.conversation();
    await add(opened, conversation, 'kept');
    const pages = await opened.store.transact(async (tx) => {
      const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(tx);
      await sql.raw(`pragma max_page_count = ${rows[0]?.page_count ?? 0}`).execute(tx);
      return rows[0]?.page_count;
    });

    const large = 'x'.repeat(50_000);
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => add(opened, conversation, large)),
    );
    const read = await findConversation(opened.store.db, conversation.sid);
    await opened.store.transact(async (tx) => {
      await sql.raw(`pragma max_page_count = 100000`).execute(tx);
    });
    await add(opened, conversation, large);

    expect(pages).toBeGreaterThan(0);
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { retryable: true } });
    }
    expect(read?.nextMessageIndex).toBe(1);
    expect(opened.failures.length).toBeGreaterThan(0);
    expect(opened.failures[0]?.message).toContain('SQLITE_FULL');
    const messages = await listMessagesAfter(opened.store.db, conversation.sid, -1, 100);
    expect(messages.map(({ messageIndex }) => messageIndex)).toEqual([0, 1]);
  });

  test('because it may not write still reads, and writes again when it may', async () => {
    await using opened = await open(engine);
    const conversation = await opened.conversation();
    // NOTE: root may write in any directory, so the connection is told what a directory would have said.
    await opened.store.transact(async (tx) => {
      await sql`pragma query_only = 1`.execute(tx);
    });

    const failure = await failureOf(add(opened, conversation));
    const read = await findConversation(opened.store.db, conversation.sid);
    // The connection opened anew after such a failure knows nothing of the pragma.
    await add(opened, conversation);

    expect(failure.message).toContain('SQLITE_READONLY');
    expect(read?.nextMessageIndex).toBe(0);
    expect((await findConversation(opened.store.db, conversation.sid))?.nextMessageIndex).toBe(1);
  });

  test('because the file is damaged takes up the copy that is put back, without a restart', async () => {
    await using opened = await open(engine);
    const conversation = await opened.conversation();
    await add(opened, conversation);
    const path = fileOf(opened);
    await opened.store.transact(async () => undefined);
    const checkpoint = async (): Promise<void> => {
      await sql`pragma wal_checkpoint(truncate)`.execute(opened.store.db);
    };
    await checkpoint();
    await copyFile(path, `${path}.kept`);
    const { length } = await readFile(path);
    await writeFile(path, Buffer.alloc(length, 0x5a));

    const failure = await failureOf(add(opened, conversation));
    const again = await failureOf(add(opened, conversation));
    await truncate(`${path}-wal`).catch(() => undefined);
    await writeFile(path, await readFile(`${path}.kept`));
    await add(opened, conversation);

    expect(failure.message).toMatch(/SQLITE_(CORRUPT|NOTADB)/);
    expect(again.message).toMatch(/SQLITE_(CORRUPT|NOTADB)|not open/);
    const messages = await listMessagesAfter(opened.store.db, conversation.sid, -1, 100);
    expect(messages.map(({ messageIndex }) => messageIndex)).toEqual([0, 1]);
  });

  test('to open says which database it is', async () => {
    await using place = await engine.place();
    if (place.config.kind !== 'file') throw new Error('not a file');
    await writeFile(
      join(place.config.directory, 'tutti.db'),
      'this is no database, but long enough to be read',
    );

    await expect(open(engine, place.config)).rejects.toThrow(/tutti\.db.*SQLITE_NOTADB/);
  });
});

onEngines('A store that fails', [postgres], (engine) => {
  async function behindProxy() {
    const database = await createDatabase();
    const url = new URL(database.url);
    const proxy = await openProxy(url.hostname, Number(url.port || 5432));
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    const opened = await open(engine, {
      kind: 'postgres',
      url: new Secret(url.href),
      directory: '/nonexistent',
    });
    return {
      opened,
      proxy,
      database,
      [Symbol.asyncDispose]: async () => {
        await opened[Symbol.asyncDispose]();
        await proxy[Symbol.asyncDispose]();
        await database.drop();
      },
    };
  }

  test('because its connections were ended works with new ones', async () => {
    await using bed = await behindProxy();
    const { opened, database } = bed;
    const conversation = await opened.conversation();
    await Promise.all(Array.from({ length: 8 }, () => add(opened, conversation)));
    const inside = deferred<void>();
    const ended = deferred<void>();
    const { sid: conversationSid, accountSid } = conversation;
    const input = { accountSid, conversationSid, author: 'a', body: 'lost', attributes: '{}' };
    const interrupted = opened.store.transact(async (tx) => {
      await insertNewMessage(tx, opened.context, input, origin);
      inside.resolve();
      await ended.promise;
      return insertNewMessage(tx, opened.context, input, origin);
    });
    await inside.promise;

    await database.asAdmin(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
      [database.name],
    );
    ended.resolve();
    await failureOf(interrupted);
    await add(opened, conversation);

    const messages = await listMessagesAfter(opened.store.db, conversation.sid, -1, 100);
    expect(messages.map(({ messageIndex }) => messageIndex)).toEqual([...Array(9).keys()]);
    expect(messages.map(({ body }) => body)).not.toContain('lost');
  });

  test('because it is not there answers at once, and works when it is back', async () => {
    await using bed = await behindProxy();
    const { opened, proxy } = bed;
    const conversation = await opened.conversation();

    await proxy.refuse();
    const writing = await failureOf(add(opened, conversation));
    const reading = await failureOf(findConversation(opened.store.db, conversation.sid));
    await proxy.restore();
    await add(opened, conversation);

    expect([writing.message, reading.message].join()).toContain('ECONNREFUSED');
    expect(opened.failures.length).toBeGreaterThanOrEqual(2);
    expect((await findConversation(opened.store.db, conversation.sid))?.nextMessageIndex).toBe(1);
  });

  test('because nothing comes through answers in the end, and works when it does', async () => {
    await using bed = await behindProxy();
    const { opened, proxy } = bed;
    const conversation = await opened.conversation();

    proxy.swallow();
    const failure = await failureOf(add(opened, conversation));
    await proxy.restore();
    await add(opened, conversation);

    expect(failure.message).toMatch(/time/i);
    expect((await findConversation(opened.store.db, conversation.sid))?.nextMessageIndex).toBe(1);
  }, 30_000);

  test('because a row stays locked fails alone', async () => {
    await using bed = await behindProxy();
    const { opened, database } = bed;
    const conversation = await opened.conversation();
    const other = await opened.conversation();
    const holder = new Client(database.url);
    await holder.connect();
    await holder.query('begin');
    await holder.query('select 1 from conversations where sid = $1 for update', [conversation.sid]);

    const waiting = failureOf(add(opened, conversation));
    await add(opened, other);
    const failure = await waiting;
    await holder.end();
    await add(opened, conversation);

    expect(failure.message).toContain('57014');
    expect(opened.failures).toEqual([]);
  }, 30_000);

  test('because it became read-only says so, and writes again when it may', async () => {
    await using bed = await behindProxy();
    const { opened, database } = bed;
    const conversation = await opened.conversation();
    const all = 'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1';

    await database.asAdmin(
      `alter database ${database.name} set default_transaction_read_only = on`,
    );
    await database.asAdmin(all, [database.name]);
    const failure = await failureOf(
      add(opened, conversation).catch(() => add(opened, conversation)),
    );
    await database.asAdmin(`alter database ${database.name} reset default_transaction_read_only`);
    await database.asAdmin(all, [database.name]);
    await expect.poll(() => add(opened, conversation).then(() => 'added', String)).toBe('added');

    expect(failure.message).toContain('25006');
  });

  test('whose table another server changed takes the statement anew', async () => {
    await using bed = await behindProxy();
    const { opened, database } = bed;
    const conversation = await opened.conversation();
    await add(opened, conversation);
    const client = new Client(database.url);
    await client.connect();

    await client.query('alter table conversations add column later text');
    await client.end();
    const found = await opened.store.transact((tx) => findConversation(tx, conversation.sid));
    await add(opened, conversation);

    expect(found?.nextMessageIndex).toBe(1);
  });
});
