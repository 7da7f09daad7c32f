import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, expect, test } from 'vitest';
import { insertNewMessage } from '../../src/actions/add-message.ts';
import { addRecording } from '../../src/actions/add-recording.ts';
import { defaultConductorSettings, openConductor } from '../../src/actions/open-conductor.ts';
import { removeMessage } from '../../src/actions/remove-message.ts';
import { backup } from '../../src/backup.ts';
import { randomIds } from '../../src/base/ids.ts';
import { readConfig, type Config } from '../../src/config/config.ts';
import { claimDataDirectory } from '../../src/data-directory.ts';
import type { Conversation } from '../../src/model/conversation.ts';
import { restore } from '../../src/restore.ts';
import { ArchiveWriter } from '../../src/store/backup/archive.ts';
import { tablesOf } from '../../src/store/backup/copy-tables.ts';
import { appliedMigrations, databasePath, migrate } from '../../src/store/open-store.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import type { New } from '../../src/store/schema.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { startTestServer, type TestServer } from '../_server.ts';
import {
  both,
  onEngines,
  open,
  postgres,
  sqlite,
  type Engine,
  type OpenedStore,
  type Place,
} from './_engines.ts';

const origin = { source: 'API', webhooks: false } as const;
const SOUND = Buffer.alloc(70_000, 'sound');

function configOf(store: Config['store']): Config {
  const config = readConfig({ TUTTI_LOG_LEVEL: 'silent' });
  if (!config.ok) throw new Error(config.problems.join());
  return { ...config.value, store };
}

/** Of the first header of a tar archive: the sum of its bytes, the checksum's own taken for spaces. */
function checksumOf(archive: Buffer): number {
  const block = Buffer.from(archive.subarray(0, 512)).fill(' ', 148, 156);
  return block.reduce((sum, byte) => sum + byte, 0);
}

function directoryOf(store: Config['store']): string {
  if (store.kind === 'memory') throw new Error('no directory');
  return store.directory;
}

function addMessage(
  opened: OpenedStore,
  { sid: conversationSid, accountSid }: New<Conversation>,
  body: string,
): ReturnType<typeof insertNewMessage> {
  return opened.store.transact((tx) =>
    insertNewMessage(
      tx,
      opened.context,
      { accountSid, conversationSid, author: 'a', body, attributes: '{}' },
      origin,
    ),
  );
}

/** A recording as a bridge leaves it: the file first, then its record. */
async function addSound(
  opened: OpenedStore,
  conversation: New<Conversation>,
): Promise<ReturnType<typeof randomIds.sid<'ME'>>> {
  const { accountSid, sid: conversationSid } = conversation;
  const conductor = await openConductor(
    opened.context,
    { accountSid, conversationSid },
    { ...defaultConductorSettings, record: 'on' },
    origin,
  );
  const sid = randomIds.sid('ME');
  const media = join(directoryOf(opened.config), 'media');
  await mkdir(media, { recursive: true });
  await writeFile(join(media, sid), SOUND);
  await addRecording(opened.context, {
    sid,
    accountSid,
    conductorSid: conductor.sid,
    sizeBytes: SOUND.length,
    durationMs: 1000,
  });
  return sid;
}

async function rowsOf({ store }: OpenedStore): Promise<Record<string, unknown[]>> {
  const rows: Record<string, unknown[]> = {};
  for (const table of (await tablesOf(store.db)) as 'messages'[]) {
    rows[table] = await store.db.selectFrom(table).selectAll().orderBy('seq').execute();
  }
  return rows;
}

/** A conversation with messages, text of all kinds, a recording, and webhooks that are still to be sent. */
async function fill(opened: OpenedStore): Promise<{
  readonly conversation: New<Conversation>;
  readonly soundSid: ReturnType<typeof randomIds.sid<'ME'>>;
  readonly lastSeq: number;
}> {
  const conversation = await opened.conversation({ uniqueName: `it's "one"` });
  const { sid: conversationSid, accountSid } = conversation;
  await opened.store.transact(async (tx) => {
    for (let count = 0; count < 110; count += 1) {
      const body = `message ${count} ✓ \n 'quoted'`;
      const message = { accountSid, conversationSid, author: 'a', body, attributes: '{}' };
      await insertNewMessage(tx, opened.context, message, origin);
    }
  });
  const soundSid = await addSound(opened, conversation);
  await opened.store.transact((tx) =>
    tx
      .insertInto('outbox')
      .values({
        accountSid: conversation.accountSid,
        orderingKey: conversation.sid,
        kind: 'webhook',
        payload: JSON.stringify({ url: 'http://127.0.0.1:9/', idempotencyToken: 'token' }),
        status: 'pending',
        attempts: 1,
        dateAvailable: Date.now() + 86_400_000,
        dateCreated: 1,
      })
      .execute(),
  );
  // The highest number of all is of a row that is gone.
  const last = await addMessage(opened, conversation, 'gone');
  const { seq: lastSeq } = await opened.store.db
    .selectFrom('messages')
    .select('seq')
    .where('sid', '=', last.sid)
    .executeTakeFirstOrThrow();
  await removeMessage(
    opened.context,
    { accountSid, conversationSid, messageSid: last.sid },
    origin,
  );
  return { conversation, soundSid, lastSeq };
}

interface Made extends AsyncDisposable {
  readonly path: string;
  readonly filled: Awaited<ReturnType<typeof fill>>;
  readonly rows: Record<string, unknown[]>;
  readonly place: Place;
}

/** A filled place and its backup in `path`. */
async function backedUp(engine: Engine): Promise<Made> {
  const place = await engine.place();
  const directory = directoryOf(place.config);
  await using opened = await open(engine, place.config);
  const filled = await fill(opened);
  const path = join(directory, 'backup.tutti');
  await backup({ config: configOf(place.config), path });
  return {
    path,
    filled,
    rows: await rowsOf(opened),
    place,
    [Symbol.asyncDispose]: async () => {
      await place[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const shared = new Map<Engine, Promise<Made>>();
afterAll(async () => {
  for (const made of shared.values()) await (await made)[Symbol.asyncDispose]();
});

/** As `backedUp`, once for all tests that leave it as it is. */
function sharedBackup(engine: Engine): Promise<Made> {
  const made = shared.get(engine) ?? backedUp(engine);
  shared.set(engine, made);
  return made;
}

/** Restores into a place that is made for it; the directory is not there yet. */
async function emptyPlace(engine: Engine): Promise<Place> {
  const place = await engine.place();
  const parent = directoryOf(place.config);
  const directory = join(parent, 'data');
  return {
    config: { ...place.config, directory } as Config['store'],
    [Symbol.asyncDispose]: async () => {
      await place[Symbol.asyncDispose]();
      await rm(parent, { recursive: true, force: true });
    },
  };
}

async function startOn(
  store: Config['store'],
  rows: Record<string, unknown[]>,
): Promise<TestServer> {
  const { sid = '', authToken = '' } = (rows['accounts']?.[0] ?? {}) as Record<string, string>;
  return startTestServer({
    TUTTI_EPHEMERAL: '0',
    TUTTI_DATA: directoryOf(store),
    ...(store.kind === 'postgres' && { TUTTI_DATABASE_URL: store.url.reveal() }),
    TWILIO_ACCOUNT_SID: sid,
    TWILIO_AUTH_TOKEN: authToken,
  });
}

onEngines('A backup', both, (engine) => {
  for (const target of both.filter(({ isHere }) => isHere)) {
    test(`restored into ${target.name} has every row and file, and the server goes on with it`, async () => {
      const made = await sharedBackup(engine);
      await using place = await emptyPlace(target);
      const { conversation, soundSid, lastSeq } = made.filled;

      const { manifest, pendingWebhooks } = await restore({
        config: configOf(place.config),
        path: made.path,
      });

      expect((await stat(made.path)).mode & 0o777).toBe(0o600);
      expect(manifest).toMatchObject({ engine: engine.name, mediaFiles: 1 });
      expect(manifest.tables['messages']).toBe(111);
      expect(pendingWebhooks).toBe(1);
      {
        await using opened = await open(target, place.config);
        expect(await rowsOf(opened)).toEqual(made.rows);
      }
      await using server = await startOn(place.config, made.rows);
      const found = server.client.conversations.v1.conversations(conversation.sid);
      const added = await found.messages.create({ body: 'the next', author: 'a' });
      const media = await server.request(
        'GET',
        `/mcs/v1/Services/${conversation.chatServiceSid}/Media/${soundSid}`,
      );
      const content = await fetch(media.body.links.content_direct_temporary);
      expect((await found.fetch()).uniqueName).toBe(`it's "one"`);
      expect(await found.messages.list({ limit: 1000 })).toHaveLength(112);
      // 0 to 109, the recording, and the one that was removed.
      expect(added.index).toBe(112);
      expect(Buffer.from(await content.arrayBuffer())).toEqual(SOUND);
      await server[Symbol.asyncDispose]();
      await using opened = await open(target, place.config);
      const messages = (await rowsOf(opened))['messages'] as { seq: number; sid: string }[];
      expect(messages.find(({ sid }) => sid === added.sid)?.seq).toBeGreaterThan(lastSeq);
    });
  }

  test('is of one moment, however much is written meanwhile', async () => {
    await using place = await engine.place();
    await using opened = await open(engine, place.config);
    const conversations = [await opened.conversation(), await opened.conversation()];
    const directory = directoryOf(place.config);
    await mkdir(directory, { recursive: true });
    const over = new AbortController();
    let acknowledged = 0;
    const write = async (conversation: New<Conversation>): Promise<void> => {
      while (!over.signal.aborted) {
        await addMessage(opened, conversation, 'b');
        acknowledged += 1;
        await nextTurn();
      }
    };
    const writers = conversations.map(write);
    await expect.poll(() => acknowledged).toBeGreaterThan(20);
    const before = acknowledged;

    const path = join(directory, 'one moment');
    await backup({ config: configOf(place.config), path });
    over.abort();
    await Promise.all(writers);

    await using restored = await emptyPlace(sqlite);
    await restore({ config: configOf(restored.config), path });
    await using copy = await open(sqlite, restored.config);
    const { conversations: rows = [], messages = [] } = (await rowsOf(copy)) as {
      conversations?: { sid: string; nextMessageIndex: number }[];
      messages?: { conversationSid: string; messageIndex: number }[];
    };
    expect(messages.length).toBeGreaterThanOrEqual(before);
    for (const { sid, nextMessageIndex } of rows) {
      const indexes = messages
        .filter(({ conversationSid }) => conversationSid === sid)
        .map(({ messageIndex }) => messageIndex);
      expect(indexes).toEqual(Array.from({ length: nextMessageIndex }, (_, index) => index));
    }
    await rm(directory, { recursive: true, force: true });
  });

  test('names the media whose file is gone, and the server says so of them', async () => {
    await using made = await backedUp(engine);
    const { place, filled, rows } = made;
    await rm(join(directoryOf(place.config), 'media', filled.soundSid));

    const written = await backup({ config: configOf(place.config), path: `${made.path}2` });

    expect(written).toMatchObject({
      mediaFiles: 0,
      missingMedia: { count: 1, sids: [filled.soundSid] },
    });
    await using server = await startOn(place.config, rows);
    const media = await server.request(
      'GET',
      `/mcs/v1/Services/${filled.conversation.chatServiceSid}/Media/${filled.soundSid}`,
    );
    const content = await fetch(media.body.links.content_direct_temporary);
    expect(content.status).toBe(404);
    expect(await content.json()).toMatchObject({ code: 75025 });
  });

  test('restored without what is pending has those webhooks as failed', async () => {
    const made = await sharedBackup(engine);
    await using place = await emptyPlace(engine);

    await restore({ config: configOf(place.config), path: made.path, withoutPending: true });

    await using opened = await open(engine, place.config);
    expect((await rowsOf(opened))['outbox']).toEqual(
      (made.rows['outbox'] as Record<string, unknown>[]).map((entry) =>
        entry['kind'] === 'webhook' ? { ...entry, status: 'failed' } : entry,
      ),
    );
  });

  test('takes the place of no other file unless told to, and leaves none half written', async () => {
    await using made = await backedUp(engine);
    const config = configOf(made.place.config);
    await writeFile(made.path, 'dear');

    await expect(backup({ config, path: made.path })).rejects.toThrow(
      `${made.path} is there already. Choose another name, or replace it: --overwrite.`,
    );
    expect(await readFile(made.path, 'utf8')).toBe('dear');
    await backup({ config, path: made.path, overwrite: true });

    expect((await stat(made.path)).size).toBeGreaterThan(SOUND.length);
    const names = await readdir(directoryOf(made.place.config));
    expect(names.filter((name) => name.startsWith('.tutti-backup-'))).toEqual([]);
  });

  test('removes what a run that was killed left there, and nothing of one that goes on', async () => {
    await using made = await backedUp(engine);
    const config = configOf(made.place.config);
    const directory = directoryOf(made.place.config);
    const left = join(directory, '.tutti-backup-killed');
    const used = join(directory, '.tutti-backup-other');
    for (const path of [left, used]) await mkdir(path);
    await writeFile(join(left, 'database.db'), 'secret');
    const other = await claimDataDirectory(used);

    await backup({ config, path: made.path, overwrite: true });

    other.release();
    const names = await readdir(directory);
    expect(names.filter((name) => name.startsWith('.tutti-backup-'))).toEqual([
      '.tutti-backup-other',
    ]);
  });

  test('of a database that a newer version has changed is refused', async () => {
    await using place = await engine.place();
    await using opened = await open(engine, place.config);
    await opened.store.transact(async (tx) => {
      await (tx as never as typeof opened.store.db)
        .insertInto('kysely_migration' as 'alerts')
        .values({ name: '2999-01-01-later', timestamp: '2999-01-01' } as never)
        .execute();
    });
    const directory = directoryOf(place.config);
    await mkdir(directory, { recursive: true });

    await expect(
      backup({ config: configOf(place.config), path: join(directory, 'backup') }),
    ).rejects.toThrow(/newer version of Tutti \(it has 2999-01-01-later\)/);
    await rm(directory, { recursive: true, force: true });
  });
});

onEngines('A restore', both, (engine) => {
  test('of a damaged or strange file is refused and leaves no trace', async () => {
    const made = await sharedBackup(sqlite);
    await using place = await emptyPlace(engine);
    const config = configOf(place.config);
    const whole = await readFile(made.path);
    const changed = Buffer.from(whole);
    changed[200_000] = (changed[200_000] ?? 0) ^ 1;
    const backwards = Buffer.from(whole);
    backwards.write('-0000001000', 124, 'latin1');
    backwards.write(`${checksumOf(backwards).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    const damaged: readonly (readonly [string, Buffer, RegExp])[] = [
      ['changed', changed, /is damaged: its content does not have the checksum/],
      ['cut', whole.subarray(0, 200_000), /is damaged: it ends in the middle of database.db/],
      ['cut at its end', whole.subarray(0, whole.length - 2048), /is damaged: it ends too early/],
      ['backwards', backwards, /is damaged: the size of database.db is no number/],
      ['empty', Buffer.alloc(0), /is no backup of Tutti/],
      ['another', Buffer.alloc(4096, 'another'), /is no backup of Tutti/],
    ];

    for (const [name, bytes, problem] of damaged) {
      const path = join(directoryOf(made.place.config), name);
      await writeFile(path, bytes);
      await expect(restore({ config, path })).rejects.toThrow(problem);
    }

    await expect(
      restore({ config, path: join(directoryOf(made.place.config), 'nothing') }),
    ).rejects.toThrow(
      /cannot read .*nothing: there is no such file\. Name a file that tutti backup wrote\./,
    );
    await expect(stat(directoryOf(place.config))).rejects.toThrow('ENOENT');
    // A database on which nothing was done is still as good as new.
    await restore({ config, path: made.path });
  });

  test('of what a newer version wrote is refused', async () => {
    const made = await sharedBackup(sqlite);
    await using place = await emptyPlace(engine);
    const path = `${made.path}.newer-${engine.name}`;
    const archive = await ArchiveWriter.create(path, 0);
    await archive.addText('database.db', '');
    await archive.addText(
      'manifest.json',
      JSON.stringify({ format: 1, migrations: ['2026-11-22-initial', '2999-01-01-later'] }),
    );
    await archive.seal();
    await archive.close();

    await expect(restore({ config: configOf(place.config), path })).rejects.toThrow(
      /written by a newer version of Tutti: it has 2999-01-01-later.*Update Tutti/,
    );
  });

  test('of an older schema brings it up to date, whichever migrations it lacks', async () => {
    await using fresh = await open(sqlite);
    const names = await appliedMigrations(fresh.store.db);
    const [first = ''] = names;
    await using older = await sqlite.place();
    const directory = directoryOf(older.config);
    for (const [count, had] of [[first], [first, ...names.slice(2)]].entries()) {
      const store = { kind: 'file', directory: join(directory, `${count}`) } as const;
      await mkdir(store.directory);
      const handles = openSqlite(databasePath(store.directory));
      await migrate(handles.writer, had);
      await handles.close();
      const path = join(directory, `${count}.tutti`);
      await backup({ config: configOf(store), path });
      await using place = await emptyPlace(engine);

      const { manifest } = await restore({ config: configOf(place.config), path });

      await using opened = await open(engine, place.config);
      expect(manifest.migrations).toEqual(had);
      expect(await appliedMigrations(opened.store.db)).toEqual(names);
    }
  });

  test('into a place that has data is refused and changes nothing', async () => {
    const made = await sharedBackup(sqlite);
    await using place = await emptyPlace(engine);
    const config = configOf(place.config);
    await restore({ config, path: made.path });

    await expect(restore({ config, path: made.path })).rejects.toThrow(
      engine === sqlite ? /has data already \(tutti\.db, media\).*--replace/ : /createdb/,
    );

    await using opened = await open(engine, place.config);
    expect(await rowsOf(opened)).toEqual(made.rows);
  });
});

onEngines('A restore', [sqlite], () => {
  test('into the directory of a server that runs is refused, even if it is to replace', async () => {
    const made = await sharedBackup(sqlite);
    const claim = await claimDataDirectory(directoryOf(made.place.config));

    await expect(
      restore({ config: configOf(made.place.config), path: made.path, replace: true }),
    ).rejects.toThrow(/another server runs on the data directory/);
    claim.release();

    await using opened = await open(sqlite, made.place.config);
    expect(await rowsOf(opened)).toEqual(made.rows);
  });

  test('that replaces puts what was there aside', async () => {
    await using made = await backedUp(sqlite);
    const { config } = made.place;
    {
      await using opened = await open(sqlite, config);
      await addMessage(opened, made.filled.conversation, 'after the backup');
    }

    const { replaced = '' } = await restore({
      config: configOf(config),
      path: made.path,
      replace: true,
    });

    {
      await using opened = await open(sqlite, config);
      expect(await rowsOf(opened)).toEqual(made.rows);
    }
    await using aside = await open(sqlite, { kind: 'file', directory: replaced });
    expect((await rowsOf(aside))['messages']).toHaveLength(112);
    expect(await readdir(join(replaced, 'media'))).toEqual([made.filled.soundSid]);
  });
});

onEngines('A restore', [postgres], () => {
  test('that is to replace a database in PostgreSQL is told to take a new one', async () => {
    const made = await sharedBackup(sqlite);
    await using place = await emptyPlace(postgres);

    await expect(
      restore({ config: configOf(place.config), path: made.path, replace: true }),
    ).rejects.toThrow(/--replace is for SQLite.*createdb/);
  });

  test('beside the files of another database is refused', async () => {
    const made = await sharedBackup(sqlite);
    await using place = await emptyPlace(postgres);
    const directory = directoryOf(place.config);
    await mkdir(join(directory, 'media'), { recursive: true });
    await writeFile(join(directory, 'media', 'theirs'), 'x');

    await expect(restore({ config: configOf(place.config), path: made.path })).rejects.toThrow(
      /media has files already, of another database/,
    );

    expect(await readdir(join(directory, 'media'))).toEqual(['theirs']);
    expect(await readdir(directory)).toEqual(['media']);
  });

  test('that PostgreSQL stops half way leaves neither rows nor files, and can be run again', async () => {
    const made = await sharedBackup(sqlite);
    await using place = await emptyPlace(postgres);
    const { config } = place;
    if (config.kind !== 'postgres') throw new Error('not PostgreSQL');
    const handles = await openPostgres(config.url, () => undefined);
    await migrate(handles.writer);
    await sql`alter table timeline add constraint never check (seq < 0)`.execute(handles.writer);

    await expect(restore({ config: configOf(config), path: made.path })).rejects.toThrow('never');
    const accounts = await handles.writer.selectFrom('accounts').selectAll().execute();
    await sql`alter table timeline drop constraint never`.execute(handles.writer);
    await handles.close();

    expect(accounts).toEqual([]);
    expect(await readdir(directoryOf(config))).toEqual([]);
    await restore({ config: configOf(config), path: made.path });
    await using opened = await open(postgres, config);
    expect(await rowsOf(opened)).toEqual(made.rows);
  });
});
