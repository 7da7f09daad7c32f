import { expect, test } from 'vitest';
import { enqueue } from '../../src/actions/announce.ts';
import { recordDelivery, type DeliveryOutcome } from '../../src/actions/record-delivery.ts';
import type { Delivery } from '../../src/model/delivery.ts';
import { listOutboxEntries, listPendingOutbox } from '../../src/store/outbox.ts';
import { both, onEngines, open } from '../store/_engines.ts';

const delivery: Delivery = {
  source: 'conversation',
  eventType: 'onMessageAdded',
  resourceSid: 'CH1',
  url: 'http://127.0.0.1/',
  method: 'POST',
  parameters: {},
  idempotencyToken: 'x',
};
const outcome = {
  requests: 1,
  statusCode: 500,
  errorCode: 11_200,
  problem: 'it failed',
  durationMs: 1,
  status: 'pending',
  dateAvailable: 5,
  alerts: [],
} satisfies DeliveryOutcome;

onEngines('What came of a delivery', both, (engine) => {
  test('stands as who was first has written it, and every attempt is kept', async () => {
    await using opened = await open(engine);
    const { context, store } = opened;
    const account = await opened.account();
    await store.transact(async (tx) =>
      enqueue(tx, context, { accountSid: account.sid }, 'CH1', delivery),
    );
    const [entry] = await listPendingOutbox(store.db, 0, 1);
    if (entry === undefined) throw new Error('no entry');

    const stands = [
      await recordDelivery(context, entry, delivery, { ...outcome, status: 'done' }),
      await recordDelivery(context, entry, delivery, outcome),
    ];

    expect(stands).toEqual([true, false]);
    const [kept] = await listOutboxEntries(store.db, account.sid, [entry.seq]);
    expect(kept).toMatchObject({ status: 'done', attempts: 1 });
    const attempts = await store.db.selectFrom('deliveryAttempts').select('attempt').execute();
    expect(attempts).toEqual([{ attempt: 1 }, { attempt: 1 }]);
  });

  test('is kept once when it is written again because nobody said that it was', async () => {
    await using opened = await open(engine);
    const { context, store } = opened;
    const account = await opened.account();
    await store.transact(async (tx) =>
      enqueue(tx, context, { accountSid: account.sid }, 'CH1', delivery),
    );
    const [entry] = await listPendingOutbox(store.db, 0, 1);
    if (entry === undefined) throw new Error('no entry');

    const stands = [
      await recordDelivery(context, entry, delivery, outcome),
      await recordDelivery(context, entry, delivery, outcome),
    ];

    expect(stands).toEqual([true, true]);
    expect(await store.db.selectFrom('deliveryAttempts').selectAll().execute()).toHaveLength(1);
  });
});
