import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { OutboxEntry } from '../../src/model/outbox-entry.ts';
import { findActivityEnd, listActivity } from '../../src/store/activity.ts';
import { insertOutboxEntry, listPendingOutbox } from '../../src/store/outbox.ts';
import { insertTimelineEntry } from '../../src/store/timeline.ts';
import type { Tx } from '../../src/store/transact.ts';
import { writeOutboxBuffer, type NewOutboxEntry } from '../../src/store/outbox-buffer.ts';
import { deferred } from './_deferred.ts';
import { both, onEngines, open, postgres, type OpenedStore } from './_engines.ts';

const accountSid = `AC${'0'.repeat(32)}` as never;

function entry(payload: string): NewOutboxEntry {
  return { accountSid, orderingKey: 'key', kind: 'bus', payload, dateCreated: 0 };
}

/** Writes an entry and keeps the transaction open until the returned function says how it ends. */
async function hold(
  { store }: OpenedStore,
  payload: string,
): Promise<(how: 'commit' | 'undo') => Promise<void>> {
  const written = deferred<void>();
  const end = deferred<'commit' | 'undo'>();
  const running = store.transact(async (tx) => {
    insertOutboxEntry(tx, entry(payload));
    await writeOutboxBuffer(tx);
    written.resolve();
    if ((await end.promise) === 'undo') throw new Error('undone');
  });
  const ended = running.catch(() => undefined);
  await written.promise;
  return async (how) => {
    end.resolve(how);
    await ended;
  };
}

async function payloads({ store }: OpenedStore, afterSeq = 0): Promise<string[]> {
  return (await listPendingOutbox(store.db, afterSeq, 100)).map(({ payload }) => payload);
}

onEngines('The outbox', both, (engine) => {
  test('is read on from the last entry without missing or repeating one', async () => {
    await using opened = await open(engine);
    const { store } = opened;
    const read: OutboxEntry[] = [];
    const readOn = async (): Promise<void> => {
      for (;;) {
        const some = await listPendingOutbox(store.db, read.at(-1)?.seq ?? 0, 7);
        read.push(...some);
        if (some.length < 7) return;
      }
    };
    const writing = new AbortController();
    const reading = (async () => {
      while (!writing.signal.aborted) {
        await readOn();
        await nextTurn();
      }
    })();

    await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        store.transact(async (tx) => {
          insertOutboxEntry(tx, entry(`${index} first`));
          insertOutboxEntry(tx, entry(`${index} second`));
          if (index % 5 === 0) throw new Error('undone');
        }),
      ).map((each) => each.catch(() => undefined)),
    );
    writing.abort();
    await reading;
    await readOn();

    const wanted = Array.from({ length: 300 }, (_, index) => index)
      .filter((index) => index % 5 !== 0)
      .flatMap((index) => [`${index} first`, `${index} second`]);
    expect(read.map(({ payload }) => payload).toSorted()).toEqual(wanted.toSorted());
    const seqs = read.map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  });
});

onEngines('The outbox', [postgres], (engine) => {
  test('keeps an entry back while one with a lower number may still appear', async () => {
    await using opened = await open(engine);
    const end = await hold(opened, 'early');
    await opened.store.transact(async (tx) => insertOutboxEntry(tx, entry('late')));

    const before = await payloads(opened);
    await end('commit');
    const after = await payloads(opened);

    expect(before).toEqual([]);
    expect(after).toEqual(['early', 'late']);
  });

  test('lets it go, and says so, when that one is undone', async () => {
    await using opened = await open(engine);
    const end = await hold(opened, 'early');
    await opened.store.transact(async (tx) => insertOutboxEntry(tx, entry('late')));
    const told = opened.commits();

    await end('undo');

    expect(opened.commits()).toBe(told + 1);
    expect(await payloads(opened)).toEqual(['late']);
  });

  test('is read up to a transaction under way, however many numbers that one takes', async () => {
    await using opened = await open(engine);
    await opened.store.transact(async (tx) => insertOutboxEntry(tx, entry('before')));
    const end = deferred<void>();
    const written = deferred<void>();
    const running = opened.store.transact(async (tx) => {
      for (let index = 0; index < 500; index += 1) insertOutboxEntry(tx, entry('many'));
      written.resolve();
      await end.promise;
    });
    await written.promise;

    const during = await payloads(opened);
    const { config } = opened;
    const locks = await opened.store.db
      .selectNoFrom((from) =>
        from
          .selectFrom('pg_locks' as never)
          .select((select) => select.fn.countAll<number>().as('count'))
          .where('locktype' as never, '=', 'advisory' as never)
          .as('count'),
      )
      .executeTakeFirst();
    end.resolve();
    await running;

    expect(config.kind).toBe('postgres');
    expect(during).toEqual(['before']);
    expect(Number(locks?.count)).toBeLessThan(20);
    expect(await listPendingOutbox(opened.store.db, 0, 1000)).toHaveLength(501);
  });
});

onEngines('Activity', both, (engine) => {
  test('that is followed from place to place misses nothing that was written meanwhile', async () => {
    await using opened = await open(engine);
    const { store } = opened;
    let position = await findActivityEnd(store.db, 0);
    const seen: string[] = [];
    const follow = async (): Promise<void> => {
      const { timeline } = await listActivity(store.db, accountSid, position, 0, 1000);
      seen.push(...timeline.map(({ data }) => data));
      position = { ...position, timeline: timeline.at(-1)?.seq ?? position.timeline };
    };
    const writing = new AbortController();
    const following = (async () => {
      while (!writing.signal.aborted) {
        await follow();
        await nextTurn();
      }
    })();

    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        store.transact((tx) =>
          insertTimelineEntry(tx, {
            accountSid,
            conversationSid: 'CH0' as never,
            kind: 'digits',
            event: 'keyed',
            resourceSid: 'CA0',
            data: String(index),
            dateCreated: index,
          }),
        ),
      ),
    );
    writing.abort();
    await following;
    await follow();

    expect(seen.map(Number).toSorted((a, b) => a - b)).toEqual([...Array(100).keys()]);
  });
});

onEngines('Activity', [postgres], (engine) => {
  test('is followed from where nothing can appear any more, though a later number is committed', async () => {
    await using opened = await open(engine);
    const { store } = opened;
    const write = (tx: Tx, data: string) =>
      insertTimelineEntry(tx, {
        accountSid,
        conversationSid: 'CH0' as never,
        kind: 'digits',
        event: 'keyed',
        resourceSid: 'CA0',
        data,
        dateCreated: 0,
      });
    const written = deferred<void>();
    const end = deferred<void>();
    const slow = store.transact(async (tx) => {
      await write(tx, 'slow');
      written.resolve();
      await end.promise;
    });
    await written.promise;
    await store.transact((tx) => write(tx, 'quick'));

    const position = await findActivityEnd(store.db, 0);
    end.resolve();
    await slow;

    const { timeline } = await listActivity(store.db, accountSid, position, 0, 100);
    expect(timeline.map(({ data }) => data)).toEqual(['slow', 'quick']);
  });
});
