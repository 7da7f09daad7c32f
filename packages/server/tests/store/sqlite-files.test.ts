import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql, type Kysely, type KyselyPlugin } from 'kysely';
import Database from 'libsql';
import { expect, onTestFinished, test } from 'vitest';
import { insertNewMessage } from '../../src/actions/add-message.ts';
import { findConversation } from '../../src/store/conversations.ts';
import { appliedMigrations, migrate } from '../../src/store/open-store.ts';
import type { Schema } from '../../src/store/schema.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
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

test('what is committed is flushed to the disk before it is acknowledged', async () => {
  const handles = openSqlite(await temporaryFile());

  const { rows: mode } = await sql`pragma journal_mode`.execute(handles.writer);
  const { rows: flush } = await sql`pragma synchronous`.execute(handles.writer);

  expect(mode).toEqual([{ journal_mode: 'wal' }]);
  // SQLite: pragma.html#pragma_synchronous; 2 is FULL.
  expect(flush).toEqual([{ synchronous: 2 }]);
  await handles.close();
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
