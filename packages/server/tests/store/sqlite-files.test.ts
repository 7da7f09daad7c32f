import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql, type Kysely, type KyselyPlugin } from 'kysely';
import Database from 'libsql';
import { expect, onTestFinished, test } from 'vitest';
import { insertNewMessage } from '../../src/actions/add-message.ts';
import { findConversation } from '../../src/store/conversations.ts';
import { appliedMigrations, migrate } from '../../src/store/open-store.ts';
import type { OutletError } from '../../src/base/app-error.ts';
import type { Schema } from '../../src/store/schema.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { GroupCommit } from '../../src/store/transact.ts';
import { deferred } from './_deferred.ts';
import { open, sqlite } from './_engines.ts';

async function temporaryFile(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tutti-sqlite-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return join(directory, 'tutti.db');
}

/** Lets `statements` run and fails each one after them, as a process that is killed does. */
function stopAfter(db: Kysely<Schema>, statements: number): Kysely<Schema> {
  let left = statements;
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      left -= 1;
      if (left < 0) throw new Error('killed');
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return db.withPlugin(plugin);
}

test('a migration that is stopped anywhere is made whole at the next start', async () => {
  const handles = openSqlite(undefined);
  const whole = openSqlite(undefined);
  await migrate(whole.writer);
  const wanted = await whole.writer.introspection.getTables();

  let stops = 0;
  for (let statements = 1; ; statements += 7) {
    try {
      await migrate(stopAfter(handles.writer, statements));
      break;
    } catch {
      stops += 1;
      expect(await appliedMigrations(handles.writer)).toEqual([]);
    }
  }

  expect(stops).toBeGreaterThan(10);
  expect(await handles.writer.introspection.getTables()).toEqual(wanted);
  await handles.close();
  await whole.close();
});

test('who commits by the connection itself waits for the disk', async () => {
  const handles = openSqlite(await temporaryFile());

  const { rows: mode } = await sql`pragma journal_mode`.execute(handles.writer);
  const { rows: flush } = await sql`pragma synchronous`.execute(handles.writer);

  expect(mode).toEqual([{ journal_mode: 'wal' }]);
  // SQLite: pragma.html#pragma_synchronous; 2 is FULL.
  expect(flush).toEqual([{ synchronous: 2 }]);
  await handles.close();
});

/** A table in a new file whose log is flushed by `sync`, and what adds a row to it and counts its rows. */
async function openTable(sync: () => Promise<void>): Promise<{
  readonly add: (inside?: () => void) => Promise<void>;
  readonly count: () => Promise<number>;
  readonly failures: readonly OutletError[];
}> {
  const failures: OutletError[] = [];
  const handles = openSqlite(await temporaryFile(), (error) => failures.push(error), sync);
  await sql`create table rows_added (added integer)`.execute(handles.writer);
  handles.waitForNobody();
  const group = new GroupCommit(handles, () => undefined);
  onTestFinished(async () => {
    await group.settled();
    await handles.close();
  });
  return {
    failures,
    add: (inside) =>
      group.transact(async (tx) => {
        await sql`insert into rows_added values (1)`.execute(tx);
        inside?.();
      }),
    count: async () => {
      const query = sql<{ found: number }>`select count(*) as found from rows_added`;
      return (await query.execute(handles.reader)).rows[0]?.found ?? 0;
    },
  };
}

test('a change is acknowledged and read when it is on the disk, and the next runs meanwhile', async () => {
  const [first, second] = [0, 1].map(() => ({ begun: deferred<void>(), done: deferred<void>() }));
  if (first === undefined || second === undefined) throw new Error('two');
  const flushes = [first, second];
  const { add, count } = await openTable(async () => {
    const flush = flushes.shift();
    flush?.begun.resolve();
    await flush?.done.promise;
  });
  const told: string[] = [];

  const added = add().then(() => told.push('first added'));
  await first.begun.promise;
  const read = count().then((found) => told.push(`${found} read`));
  const ran = deferred<void>();
  const addedNext = add(() => ran.resolve()).then(() => told.push('second added'));
  await ran.promise;
  expect(told).toEqual([]);
  first.done.resolve();
  await Promise.all([added, read, second.begun.promise]);
  expect(told.toSorted()).toEqual(['1 read', 'first added']);
  second.done.resolve();
  await addedNext;

  expect(await count()).toBe(2);
});

test('a flush that fails is told to all who waited for it, and the files are opened anew', async () => {
  let failing = 2;
  const { add, failures } = await openTable(async () => {
    failing -= 1;
    if (failing === 0) throw Object.assign(new Error('input/output error'), { code: 'EIO' });
  });
  await add();

  const failed = await Promise.allSettled([add(), add()]);
  await add();

  for (const each of failed) {
    expect(each).toMatchObject({
      status: 'rejected',
      reason: { outlet: 'store', retryable: true },
    });
  }
  expect(failures.map(({ message }) => message)).toEqual(['the log could not be flushed: EIO']);
});

test('another program that holds the file keeps writers waiting, and nobody else', async () => {
  await using opened = await open(sqlite);
  if (opened.config.kind !== 'file') throw new Error('no file');
  const conversation = await opened.conversation();
  const { sid: conversationSid, accountSid } = conversation;
  const other = new Database(join(opened.config.directory, 'tutti.db'));
  other.exec('BEGIN IMMEDIATE');

  const written = opened.store.transact((tx) =>
    insertNewMessage(
      tx,
      opened.context,
      { accountSid, conversationSid, author: 'a', body: 'b', attributes: '{}' },
      { source: 'API', webhooks: false },
    ),
  );
  const seen = await findConversation(opened.store.db, conversationSid);
  other.exec('ROLLBACK');
  other.close();
  const message = await written;

  expect(seen?.nextMessageIndex).toBe(0);
  expect(message.messageIndex).toBe(0);
  expect(opened.failures).toEqual([]);
});
