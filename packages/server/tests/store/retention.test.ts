import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FakeClock } from '@tutti/sip';
import { CompiledQuery, sql } from 'kysely';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { removeExpired } from '../../src/actions/remove-expired.ts';
import { randomIds } from '../../src/base/ids.ts';
import type { RetentionDays } from '../../src/config/retention.ts';
import { watchRetention } from '../../src/jobs/retention.ts';
import { deleteExpired, findStretch } from '../../src/store/expired.ts';
import { insertRecording } from '../../src/store/recordings.ts';
import { MediaFiles } from '../../src/store/media-files.ts';
import type { Db } from '../../src/store/open-store.ts';
import type { Tx } from '../../src/store/transact.ts';
import { both, onEngines, open, type OpenedStore } from './_engines.ts';
import { recordQueries } from './_record-queries.ts';

const DAY_MS = 86_400_000;
const FIRST_MS = 300_000;
const days: RetentionDays = {
  deliveries: 7,
  alerts: 30,
  events: 30,
  audits: 90,
  sids: 30,
  deletedRecordings: 40,
  calls: 0,
};

const settings = {
  source: 'RecordVerb',
  channels: 1,
  track: 'both',
  trim: 'do-not-trim',
  statusCallback: null,
  statusCallbackMethod: 'POST',
  statusCallbackEvents: '[]',
} as const;

async function addAlerts(opened: OpenedStore, dates: readonly number[]): Promise<void> {
  const { sid: accountSid } = await opened.account();
  await opened.store.transact(async (tx) => {
    for (const dateCreated of dates) {
      await tx
        .insertInto('alerts')
        .values({
          sid: randomIds.sid('NO'),
          accountSid,
          serviceSid: null,
          resourceSid: null,
          errorCode: 20404,
          logLevel: 'error',
          alertText: '',
          requestMethod: null,
          requestUrl: null,
          requestVariables: null,
          requestHeaders: null,
          responseHeaders: null,
          responseBody: null,
          floodKey: null,
          familyKey: null,
          occurrences: 1,
          dateLastOccurred: 0,
          dateCreated,
        })
        .execute();
    }
  });
}

async function addDeliveries(
  opened: OpenedStore,
  entries: readonly {
    readonly status: 'pending' | 'done' | 'failed';
    readonly dateCreated: number;
  }[],
): Promise<void> {
  const { sid: accountSid } = await opened.account();
  const rows = entries.map(({ status, dateCreated }) => ({
    accountSid,
    orderingKey: 'CH',
    kind: 'webhook' as const,
    payload: '{}',
    status,
    attempts: 1,
    dateAvailable: dateCreated,
    dateCreated,
  }));
  await opened.store.transact((tx) => tx.insertInto('outbox').values(rows).execute());
}

async function datesOf(
  { store }: OpenedStore,
  table: 'alerts' | 'outbox' | 'deliveryAttempts' | 'calls',
): Promise<number[]> {
  const rows = await store.db.selectFrom(table).select('dateCreated').orderBy('seq').execute();
  return rows.map(({ dateCreated }) => dateCreated);
}

/** Lets the job run its first round, at the given day. */
async function runRound(opened: OpenedStore, day: number, kept = days): Promise<void> {
  const clock = new FakeClock();
  clock.advance(day * DAY_MS - FIRST_MS);
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    {
      level: 'info',
      base: null,
    },
    { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const watched = watchRetention({
    context: { ...opened.context, clock },
    files: new MediaFiles(opened.config),
    days: kept,
    log,
    hasTurn: () => true,
  });
  clock.advance(FIRST_MS);
  await expect
    .poll(() => {
      // The pauses between batches.
      clock.advance(50);
      return lines.length;
    })
    .toBe(1);
  await watched.close();
  expect(lines[0]).not.toHaveProperty('err');
}

onEngines('Retention', both, (engine) => {
  test('removes what is older than its days and finished, and nothing else', async () => {
    await using opened = await open(engine);
    await addAlerts(opened, [1 * DAY_MS, 9 * DAY_MS, 11 * DAY_MS]);
    await addDeliveries(opened, [
      { status: 'done', dateCreated: 1 * DAY_MS },
      { status: 'pending', dateCreated: 2 * DAY_MS },
      { status: 'failed', dateCreated: 3 * DAY_MS },
      { status: 'done', dateCreated: 34 * DAY_MS },
    ]);

    await runRound(opened, 40);

    expect(await datesOf(opened, 'alerts')).toEqual([11 * DAY_MS]);
    expect(await datesOf(opened, 'outbox')).toEqual([2 * DAY_MS, 34 * DAY_MS]);
  });

  test('keeps the records of deleted recordings from when they were deleted, and all others', async () => {
    await using opened = await open(engine);
    const { sid: accountSid } = await opened.account();
    const add = async (status: 'completed' | 'deleted', dateUpdated: number) => {
      const sid = randomIds.sid('RE');
      await opened.store.transact((tx) =>
        insertRecording(tx, {
          ...settings,
          sid,
          accountSid,
          callSid: randomIds.sid('CA'),
          conferenceSid: null,
          status,
          startTime: 1,
          transcription: null,
          url: null,
          durationSec: 1,
          sizeBytes: 1,
          errorCode: null,
          dateCreated: 1,
          dateUpdated,
        }),
      );
      return sid;
    };
    const kept = await add('completed', 1);
    const late = await add('deleted', 3 * DAY_MS);
    await add('deleted', DAY_MS);

    await runRound(opened, 42);

    const rows = await opened.store.db.selectFrom('recordings').select('sid').execute();
    expect(new Set(rows.map(({ sid }) => sid))).toEqual(new Set([kept, late]));
  });

  test('keeps for ever what is set to 0 days', async () => {
    await using opened = await open(engine);
    await addAlerts(opened, [1, 2]);

    await runRound(opened, 400, {
      deliveries: 0,
      alerts: 0,
      events: 0,
      audits: 0,
      sids: 0,
      deletedRecordings: 0,
      calls: 0,
    });

    expect(await datesOf(opened, 'alerts')).toEqual([1, 2]);
  });

  test('goes through any number of rows in batches, over those that stay', async () => {
    await using opened = await open(engine);
    await addDeliveries(opened, [
      ...Array.from({ length: 700 }, () => ({ status: 'pending' as const, dateCreated: 1 })),
      ...Array.from({ length: 700 }, () => ({ status: 'done' as const, dateCreated: 2 })),
      { status: 'done', dateCreated: 39 * DAY_MS },
    ]);
    const before = opened.commits();

    await runRound(opened, 40);

    const dates = await datesOf(opened, 'outbox');
    expect(dates.filter((date) => date === 1)).toHaveLength(700);
    expect(dates.slice(700)).toEqual([39 * DAY_MS]);
    expect(opened.commits() - before).toBeGreaterThanOrEqual(3);
  });

  test('is left to the process that has the turn, which may be another later', async () => {
    await using opened = await open(engine);
    const clock = new FakeClock();
    let [asked, rounds] = [0, 0];
    let hasTurn = false;
    const watched = watchRetention({
      context: { ...opened.context, clock },
      files: new MediaFiles(opened.config),
      days,
      log: pino({ level: 'info' }, { write: () => void (rounds += 1) }),
      hasTurn: () => {
        asked += 1;
        return hasTurn;
      },
    });

    clock.advance(FIRST_MS);
    await expect.poll(() => asked).toBe(1);
    expect(rounds).toBe(0);
    hasTurn = true;
    clock.advance(FIRST_MS);
    await expect
      .poll(() => {
        clock.advance(50);
        return rounds;
      })
      .toBe(1);
    await watched.close();
  });

  test('takes a bounded number of rows in one transaction', async () => {
    await using opened = await open(engine);
    await addAlerts(
      opened,
      Array.from({ length: 501 }, () => 1),
    );

    const first = await removeExpired(opened.context, 'alerts', DAY_MS, 0);
    const second = await removeExpired(opened.context, 'alerts', DAY_MS, first.nextSeq ?? 0);

    expect(first).toMatchObject({ removed: 500, nextSeq: expect.any(Number) });
    expect(second).toEqual({ removed: 1, nextSeq: undefined });
  });

  test('finds the rows by the primary key, in every table it empties', async () => {
    await using opened = await open(engine);
    const { store } = opened;
    const tables = [
      'alerts',
      'outbox',
      'deliveryAttempts',
      'monitorEvents',
      'calls',
      'recordings',
    ] as const;
    const queries: CompiledQuery[] = [];
    const recorder = recordQueries(engine, queries);
    for (const table of tables) {
      await findStretch(recorder, table, 0, 500);
      const stretch = { afterSeq: 0, lastSeq: 500, lastCreated: 1, count: 500 };
      await deleteExpired(recorder, table, stretch, 1);
    }

    const plans: string[] = [];
    const explain = async (db: Db | Tx, how: string): Promise<void> => {
      for (const { sql: text, parameters } of queries) {
        const query = CompiledQuery.raw(`${how} ${text}`, [...parameters]);
        plans.push(JSON.stringify((await db.executeQuery(query)).rows));
      }
    };
    if (engine.name === 'SQLite') await explain(store.db, 'explain query plan');
    else {
      await store.transact(async (tx) => {
        // A small table is cheapest to scan whole; what is asked is whether the key can serve.
        await sql`set local enable_seqscan = off`.execute(tx);
        await explain(tx, 'explain');
      });
    }

    expect(plans).toHaveLength(2 * tables.length);
    for (const plan of plans) {
      expect(plan).toMatch(
        engine.name === 'SQLite'
          ? /USING INTEGER PRIMARY KEY/
          : /Index Scan (using|on) \W*\w+_pkey/,
      );
    }
  });

  describe('of media', () => {
    test('removes files that no record names once they are a day old', async () => {
      await using opened = await open(engine);
      const { config } = opened;
      if (config.kind === 'memory') throw new Error('no directory');
      const directory = join(config.directory, 'media');
      await mkdir(directory, { recursive: true });
      const write = async (name: string, day: number): Promise<string> => {
        await writeFile(join(directory, name), 'x');
        await utimes(join(directory, name), (day * DAY_MS) / 1000, (day * DAY_MS) / 1000);
        return name;
      };
      const old = await write(randomIds.sid('ME'), 38);
      const young = await write(randomIds.sid('ME'), 39.5);
      const strange = await write('notes.txt', 1);
      const recorded = randomIds.sid('ME');
      await write(recorded, 1);
      await addMedia(opened, recorded);

      await runRound(opened, 40);

      expect(await readdir(directory)).not.toContain(old);
      expect((await readdir(directory)).toSorted()).toEqual([young, strange, recorded].toSorted());
    });

    test('raises one alert for all records whose file is gone', async () => {
      await using opened = await open(engine);
      const lost = [randomIds.sid('ME'), randomIds.sid('ME')];
      for (const sid of lost) await addMedia(opened, sid);

      await runRound(opened, 40);

      const alerts = await opened.store.db.selectFrom('alerts').selectAll().execute();
      expect(alerts).toMatchObject([{ errorCode: 75025, logLevel: 'error', resourceSid: lost[0] }]);
      expect(alerts[0]?.alertText).toContain(`The file of ${lost[0]} and of 1 more is gone`);
    });
  });
});

async function addMedia(
  opened: OpenedStore,
  sid: ReturnType<typeof randomIds.sid<'ME'>>,
): Promise<void> {
  const { accountSid, chatServiceSid, sid: conversationSid } = await opened.conversation();
  await opened.store.transact((tx) =>
    tx
      .insertInto('media')
      .values({
        sid,
        accountSid,
        chatServiceSid,
        conversationSid,
        messageSid: null,
        author: 'system',
        filename: `${sid}.wav`,
        contentType: 'audio/wav',
        sizeBytes: 1,
        dateCreated: 1,
        dateUpdated: 1,
      })
      .execute(),
  );
}
