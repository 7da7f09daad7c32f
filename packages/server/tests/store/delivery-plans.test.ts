import { CompiledQuery, sql } from 'kysely';
import { expect, test } from 'vitest';
import { listDeliveryAttempts, listReplayable } from '../../src/store/delivery-attempts.ts';
import {
  countPendingOutbox,
  listPendingOf,
  listPendingOutbox,
  listPendingPlaces,
} from '../../src/store/outbox.ts';
import { both, onEngines, open, type Engine, type OpenedStore } from './_engines.ts';
import { recordQueries } from './_record-queries.ts';

const DELIVERIES = 2000;
/** One in so many failed. */
const FAILED_EACH = 500;

const page = { page: 0, pageSize: 50, cursor: undefined };

/** Webhooks of the main account with an attempt each; one of `failedEach` failed, the others are done. */
async function addDeliveries(opened: OpenedStore, failedEach = FAILED_EACH): Promise<void> {
  const { store } = opened;
  const { sid: accountSid } = await opened.account();
  await store.transact(async (tx) => {
    for (let first = 0; first < DELIVERIES; first += 500) {
      const numbers = Array.from({ length: 500 }, (_, index) => first + index);
      const entries = numbers.map((n) => ({
        accountSid,
        orderingKey: 'CH1',
        kind: 'webhook' as const,
        payload: '{}',
        status: n % failedEach === 0 ? ('failed' as const) : ('done' as const),
        attempts: 1,
        dateAvailable: n,
        dateCreated: n,
      }));
      const rows = await tx.insertInto('outbox').values(entries).returning('seq').execute();
      const attempts = rows.map(({ seq }, index) => ({
        outboxSeq: seq,
        accountSid,
        eventType: 'onMessageAdded',
        resourceSid: 'CH1',
        method: 'POST' as const,
        url: 'http://a/',
        host: 'a',
        idempotencyToken: 'x',
        replayOf: null,
        attempt: 1,
        requests: 1,
        ...(entries[index]?.status === 'failed'
          ? { statusCode: 404, errorCode: 11_200 }
          : { statusCode: 200, errorCode: null }),
        problem: null,
        durationMs: 1,
        dateCreated: 1,
      }));
      await tx.insertInto('deliveryAttempts').values(attempts).execute();
    }
    await sql`analyze`.execute(tx);
  });
}

async function explain(
  engine: Engine,
  { store }: OpenedStore,
  queries: readonly CompiledQuery[],
): Promise<string[]> {
  const how = engine.name === 'SQLite' ? 'explain query plan' : 'explain';
  const plans: string[] = [];
  for (const { sql: text, parameters } of queries) {
    const query = CompiledQuery.raw(`${how} ${text}`, [...parameters]);
    plans.push(JSON.stringify((await store.db.executeQuery(query)).rows));
  }
  return plans;
}

onEngines('What failed', both, (engine) => {
  test('is found among all that is kept without reading all of it', async () => {
    await using opened = await open(engine);
    await addDeliveries(opened);
    const { db } = opened.store;
    const { sid } = await opened.account();
    const queries: CompiledQuery[] = [];
    const recorder = recordQueries(engine, queries);

    const failed = await listReplayable(db, sid, { status: 'failed', host: 'a' }, 100);
    const listed = await listDeliveryAttempts(db, sid, { status: 'failed' }, page);
    await listReplayable(recorder, sid, { status: 'failed', host: 'a' }, 100);
    await listDeliveryAttempts(recorder, sid, { status: 'failed' }, page);
    await listDeliveryAttempts(recorder, sid, { status: 'replayed' }, page);

    expect(failed).toHaveLength(DELIVERIES / FAILED_EACH);
    expect(listed.items).toHaveLength(DELIVERIES / FAILED_EACH);
    const plans = await explain(engine, opened, queries);
    expect(plans).toHaveLength(3);
    expect(plans[0]).toContain('outbox_given_up');
    for (const plan of plans) expect(plan).not.toMatch(/SCAN (outbox|deliveryAttempts)|Seq Scan/);
    // PostgreSQL knows how few they are.
    for (const plan of plans.slice(1)) {
      expect(plan).toMatch(/deliveryAttempts_failed|outbox_given_up/);
    }
  });

  test('is shown newest first without being sorted', async () => {
    await using opened = await open(engine);
    await addDeliveries(opened, 1);
    const { sid } = await opened.account();
    const queries: CompiledQuery[] = [];

    const { items } = await listDeliveryAttempts(opened.store.db, sid, { status: 'failed' }, page);
    await listDeliveryAttempts(recordQueries(engine, queries), sid, { status: 'failed' }, page);

    const seqs = items.map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.toSorted((one, other) => other - one));
    expect(seqs).toHaveLength(page.pageSize);
    const [plan] = await explain(engine, opened, queries);
    expect(plan).not.toMatch(/TEMP B-TREE|Sort/);
  });
});

onEngines('Attempts by a filter', both, (engine) => {
  test.each([
    ['resourceSid', { resourceSid: 'CH1' }, { resourceSid: 'CH2' }],
    ['eventType', { eventType: 'onMessageAdded' }, { eventType: 'completed' }],
    ['host', { host: 'a' }, { host: 'b' }],
  ])('of %s are found by an index, in order', async (name, filter, other) => {
    await using opened = await open(engine);
    await addDeliveries(opened);
    const { db } = opened.store;
    const { sid } = await opened.account();
    const queries: CompiledQuery[] = [];

    const found = await listDeliveryAttempts(db, sid, filter, page);
    const none = await listDeliveryAttempts(db, sid, other, page);
    await listDeliveryAttempts(recordQueries(engine, queries), sid, other, page);

    expect([found.items.length, none.items.length]).toEqual([page.pageSize, 0]);
    const [plan] = await explain(engine, opened, queries);
    expect(plan).toContain(`deliveryAttempts_accountSid_${name}_seq`);
    expect(plan).not.toMatch(/TEMP B-TREE|Sort|Seq Scan/);
  });
});

onEngines('What is not yet sent', both, (engine) => {
  test('is found among all that is kept without reading all of it', async () => {
    await using opened = await open(engine);
    await addDeliveries(opened);
    const queries: CompiledQuery[] = [];
    const recorder = recordQueries(engine, queries);

    await listPendingOutbox(recorder, 0, 200);
    await listPendingPlaces(recorder, 0, 200);
    await expect(countPendingOutbox(recorder)).rejects.toThrow('no result');
    await listPendingOf(recorder, [1, 2]);

    const ofOutbox = queries.filter(({ sql: text }) => text.includes('"outbox"'));
    const plans = await explain(engine, opened, ofOutbox);
    expect(plans).toHaveLength(4);
    for (const plan of plans.slice(0, 3)) expect(plan).toContain('outbox_pending');
    expect(plans[1]).toMatch(/COVERING INDEX|Index Only Scan|Index Scan/);
    for (const plan of plans) expect(plan).not.toMatch(/SCAN outbox"|Seq Scan|TEMP B-TREE/);
  });
});
