import { FakeClock } from '@tutti/sip';
import { expect, onTestFinished, test } from 'vitest';
import { enqueue, notify } from '../../src/actions/announce.ts';
import type { ActionContext } from '../../src/actions/context.ts';
import { OutletError } from '../../src/base/app-error.ts';
import { LocalBus } from '../../src/bus/local-bus.ts';
import { drainOutbox, type OutboxDrain } from '../../src/jobs/drain-outbox.ts';
import { startReceiver, type Receiver } from '../_receiver.ts';
import { open, sqlite, type OpenedStore } from '../store/_engines.ts';

const REST_MS = 1000;

/** Which of the two an outbox meets fails: reading what to send, or writing what came of it. */
type Failing = 'reads' | 'writes';

interface Bed {
  readonly opened: OpenedStore;
  readonly clock: FakeClock;
  readonly drain: OutboxDrain;
  readonly bus: LocalBus;
  readonly receiver: Receiver;
  /** What fails from now on; how often it did so far. */
  failing: Failing | undefined;
  readonly failures: Record<Failing, number>;
  enqueue(...events: string[]): Promise<void>;
}

/** An outbox over a database that fails as told. */
async function startDrain(): Promise<Bed> {
  const opened = await open(sqlite);
  const receiver = await startReceiver();
  const clock = new FakeClock();
  const failures = { reads: 0, writes: 0 };
  const tried = (what: Failing): void => {
    if (bed.failing !== what) return;
    failures[what] += 1;
    throw new OutletError('store', 'the disk is full', { retryable: true });
  };
  const { db, log } = opened.context;
  const context: ActionContext = {
    ...opened.context,
    clock,
    get db() {
      tried('reads');
      return db;
    },
    transact: async (action) => {
      tried('writes');
      return opened.store.transact(action);
    },
  };
  const bus = new LocalBus(log);
  const drain = drainOutbox({ context, bus, log });
  const account = await opened.account();
  const bed: Bed = {
    opened,
    clock,
    drain,
    bus,
    receiver,
    failing: undefined,
    failures,
    enqueue: (...events) =>
      opened.store.transact(async (tx) => {
        for (const eventType of events) {
          const parameters = { EventType: eventType };
          enqueue(tx, { clock }, { accountSid: account.sid }, 'CH1', {
            source: 'conversation',
            eventType,
            resourceSid: 'CH1',
            url: receiver.url,
            method: 'POST',
            parameters,
            idempotencyToken: eventType,
          });
        }
      }),
  };
  onTestFinished(async () => {
    const closed = drain.close(0);
    clock.advance(0);
    await closed;
    await receiver[Symbol.asyncDispose]();
    await opened[Symbol.asyncDispose]();
  });
  return bed;
}

async function statuses({ opened }: Bed): Promise<string[]> {
  const rows = await opened.store.db
    .selectFrom('outbox')
    .select(['status', 'attempts'])
    .orderBy('seq')
    .execute();
  return rows.map(({ status, attempts }) => `${status} after ${attempts}`);
}

/** Lets the clock run until it has failed `times` times more. */
async function failed({ failures, clock }: Bed, what: Failing, times: number): Promise<void> {
  const enough = failures[what] + times;
  await expect
    .poll(
      () => {
        clock.advance(REST_MS);
        return failures[what];
      },
      { timeout: 10_000 },
    )
    .toBeGreaterThanOrEqual(enough);
}

test('a webhook whose outcome cannot be written is sent once, and those behind it when it is written', async () => {
  const bed = await startDrain();
  await bed.enqueue('first', 'second', 'third');
  bed.failing = 'writes';
  bed.drain.wake();

  await failed(bed, 'writes', 3);
  const before = [...bed.receiver.events];
  bed.failing = undefined;
  bed.clock.advance(REST_MS);
  await bed.drain.settled();

  expect(before).toEqual(['first']);
  expect(bed.receiver.events).toEqual(['first', 'second', 'third']);
  expect(await statuses(bed)).toEqual(['done after 1', 'done after 1', 'done after 1']);
});

test('a webhook is sent again within five minutes, however far the clock was set back before a start', async () => {
  const bed = await startDrain();
  await bed.enqueue('first', 'second');
  await bed.opened.store.transact(async (tx) => {
    const set = { attempts: 1, dateAvailable: bed.clock.now() + 3_600_000 };
    await tx.updateTable('outbox').set(set).where('seq', '=', 1).execute();
    // Not tried yet: there is nothing to wait for.
    const later = { dateAvailable: bed.clock.now() + 3_600_000 };
    await tx.updateTable('outbox').set(later).where('seq', '=', 2).execute();
  });

  bed.drain.wake();
  await expect.poll(() => bed.clock.pending, { timeout: 5000 }).toBe(1);
  bed.clock.advance(300_000);
  await bed.drain.settled();

  expect(bed.receiver.events).toEqual(['first', 'second']);
});

test('webhooks wait, in order, while nothing can be read', async () => {
  const bed = await startDrain();
  await bed.enqueue('first', 'second', 'third');
  bed.drain.wake();
  // What is to be sent is being read; what it is sent with is not yet.
  bed.failing = 'reads';

  await failed(bed, 'reads', 3);
  const before = [...bed.receiver.events];
  bed.failing = undefined;
  bed.clock.advance(REST_MS);
  await bed.drain.settled();

  expect(before).toEqual([]);
  expect(bed.receiver.events).toEqual(['first', 'second', 'third']);
  expect(await statuses(bed)).toEqual(['done after 1', 'done after 1', 'done after 1']);
});

test('news is told again until who hears of it could do with it what must be done', async () => {
  const bed = await startDrain();
  const { opened, bus, clock, drain } = bed;
  const account = await opened.account();
  const callSid = opened.context.ids.sid('CA');
  const heard: string[] = [];
  let tries = 0;
  bus.subscribe('call-placed', async (news) => {
    tries += 1;
    if (tries < 3) throw new OutletError('store', 'the disk is full', { retryable: true });
    heard.push(news.callSid);
  });
  await opened.store.transact(async (tx) => {
    notify(tx, { clock }, { accountSid: account.sid }, callSid, { kind: 'call-placed', callSid });
  });

  drain.wake();
  await expect
    .poll(() => {
      clock.advance(REST_MS);
      return heard;
    })
    .toEqual([callSid]);
  await drain.settled();

  expect(await statuses(bed)).toEqual([]);
});

test('an entry that is a bug of ours stops neither those behind it nor the outbox', async () => {
  const bed = await startDrain();
  await bed.enqueue('first', 'second');
  await bed.opened.store.transact(async (tx) => {
    const payload = JSON.stringify({ url: bed.receiver.url });
    await tx.updateTable('outbox').set({ payload }).where('seq', '=', 1).execute();
  });

  bed.drain.wake();
  await bed.drain.settled();

  expect(bed.receiver.events).toEqual(['second']);
  expect(await statuses(bed)).toEqual(['pending after 0', 'done after 1']);
});

test('it stops while the database fails, and leaves what is not written to the next start', async () => {
  const bed = await startDrain();
  await bed.enqueue('first');
  bed.failing = 'writes';
  bed.drain.wake();
  await failed(bed, 'writes', 2);

  const closed = bed.drain.close(REST_MS);
  bed.clock.advance(REST_MS);
  await closed;

  expect(await statuses(bed)).toEqual(['pending after 0']);
});
