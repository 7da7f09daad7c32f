import { expect, onTestFinished, test } from 'vitest';
import type { ServerResponse } from 'node:http';
import { enqueue } from '../../src/actions/announce.ts';
import { systemClock } from '../../src/base/clock.ts';
import { LocalBus } from '../../src/bus/local-bus.ts';
import { drainOutbox, type OutboxDrain } from '../../src/jobs/drain-outbox.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import type { OnCommit } from '../../src/store/transact.ts';
import { startReceiver, type Receiver } from '../_receiver.ts';
import { both, onEngines, open, type Engine, type OpenedStore } from '../store/_engines.ts';

/** More than the drain holds of one key at a time. */
const MANY = 110;

interface Bed {
  readonly opened: OpenedStore;
  readonly store: Store;
  readonly drain: OutboxDrain;
  /** In one transaction. */
  tell(receiver: Receiver, owner: string, ...events: string[]): Promise<void>;
  /** Lets the drain hear of commits from now on. */
  start(): void;
}

async function startBed(engine: Engine): Promise<Bed> {
  const opened = await open(engine);
  let wake: OnCommit | undefined;
  // A second handle on the same database: the first has no drain.
  const store = await openStore(opened.config, {
    onCommit: (...committed) => wake?.(...committed),
  });
  const account = await opened.account();
  const context = { ...opened.context, db: store.db, transact: store.transact };
  const { log } = context;
  const drain = drainOutbox({ context, bus: new LocalBus(log), log });
  onTestFinished(async () => {
    await drain.close(0);
    await store.close();
    await opened[Symbol.asyncDispose]();
  });
  return {
    opened,
    store,
    drain,
    tell: (receiver, owner, ...events) =>
      store.transact(async (tx) => {
        for (const eventType of events) {
          enqueue(tx, { clock: systemClock }, { accountSid: account.sid }, owner, {
            source: 'conversation',
            eventType,
            resourceSid: owner,
            url: receiver.url,
            method: 'POST',
            parameters: { EventType: eventType },
            idempotencyToken: eventType,
          });
        }
      }),
    start: () => {
      wake = drain.wake;
      drain.wake();
    },
  };
}

/** A receiver that answers nobody before `release`. */
async function startBusyReceiver(): Promise<Receiver & { release(): void }> {
  const held: ServerResponse[] = [];
  let released = false;
  const receiver = await startReceiver((_, response) => {
    if (released) response.end();
    else held.push(response);
  });
  onTestFinished(() => receiver[Symbol.asyncDispose]());
  const release = (): void => {
    released = true;
    for (const response of held) response.end();
  };
  return Object.create(receiver, { release: { value: release } }) as Receiver & { release(): void };
}

async function startQuickReceiver(): Promise<Receiver> {
  const receiver = await startReceiver();
  onTestFinished(() => receiver[Symbol.asyncDispose]());
  return receiver;
}

function numbered(prefix: string): string[] {
  return Array.from({ length: MANY }, (_, index) => `${prefix}${index}`);
}

onEngines('The outbox', both, (engine) => {
  test('sends a backlog longer than it holds in memory whole and in order, with what comes meanwhile behind it', async () => {
    const bed = await startBed(engine);
    const receiver = await startBusyReceiver();
    bed.start();
    for (const event of numbered('first ')) await bed.tell(receiver, 'CH1', event);
    await expect.poll(() => receiver.events).toHaveLength(1);

    receiver.release();
    for (const event of numbered('second ')) await bed.tell(receiver, 'CH1', event);
    await bed.drain.settled();

    expect(receiver.events).toEqual([...numbered('first '), ...numbered('second ')]);
  });

  test('sends to others while one receiver has a backlog', async () => {
    const bed = await startBed(engine);
    const busy = await startBusyReceiver();
    const quick = await startQuickReceiver();
    bed.start();
    await bed.tell(busy, 'CH1', ...numbered('busy '));

    await bed.tell(quick, 'CH1', 'of the same conversation');
    await bed.tell(busy, 'CH2', 'of another conversation');

    await expect.poll(() => quick.events).toEqual(['of the same conversation']);
    await expect
      .poll(() => new Set(busy.events))
      .toEqual(new Set(['busy 0', 'of another conversation']));
    busy.release();
    await bed.drain.settled();
  });

  test('sends what an earlier process left before what comes after it', async () => {
    const bed = await startBed(engine);
    const receiver = await startQuickReceiver();
    await bed.tell(receiver, 'CH1', ...numbered('left '));

    bed.start();
    for (const event of numbered('new ')) await bed.tell(receiver, 'CH1', event);
    await bed.drain.settled();

    expect(receiver.events).toEqual([...numbered('left '), ...numbered('new ')]);
  });

  test('holds nothing of a transaction that was undone', async () => {
    const bed = await startBed(engine);
    const receiver = await startQuickReceiver();
    bed.start();

    const undone = bed.store.transact(async (tx) => {
      const account = await bed.opened.account();
      enqueue(tx, { clock: systemClock }, { accountSid: account.sid }, 'CH1', {
        source: 'conversation',
        eventType: 'undone',
        resourceSid: 'CH1',
        url: receiver.url,
        method: 'POST',
        parameters: { EventType: 'undone' },
        idempotencyToken: 'undone',
      });
      await tx.deleteFrom('timeline').execute();
      throw new Error('changed my mind');
    });
    await Promise.all([
      expect(undone).rejects.toThrow('changed my mind'),
      bed.tell(receiver, 'CH1', 'beside it'),
    ]);
    await bed.tell(receiver, 'CH1', 'behind it');
    await bed.drain.settled();

    expect(receiver.events).toEqual(['beside it', 'behind it']);
  });
});
