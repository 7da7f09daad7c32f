import { expect, test } from 'vitest';
import { removeQueue } from '../../src/actions/delete-queue.ts';
import { enqueueCall } from '../../src/actions/enqueue-call.ts';
import { placeCall } from '../../src/actions/place-call.ts';
import { recordCallProgress } from '../../src/actions/record-call-progress.ts';
import { redirectQueueMember } from '../../src/actions/redirect-queue-member.ts';
import { returnToQueue } from '../../src/actions/return-to-queue.ts';
import { takeFromQueue } from '../../src/actions/take-from-queue.ts';
import type { Call } from '../../src/model/call.ts';
import { mapQueueCrowds } from '../../src/store/queue-members.ts';
import { listQueues } from '../../src/store/queues.ts';
import type { New } from '../../src/store/schema.ts';
import { both, onEngines, open, type OpenedStore } from './_engines.ts';

const TIMES = 8;

/** Answered calls. */
async function calls(opened: OpenedStore, count: number): Promise<New<Call>[]> {
  const { context } = opened;
  const { sid: accountSid } = await opened.account();
  return Promise.all(
    Array.from({ length: count }, async () => {
      const call = await placeCall(context, {
        accountSid,
        url: null,
        method: 'POST',
        twiml: '<Response/>',
        applicationSid: null,
        to: 'sip:phone@example.com',
        from: 'client:tutti',
        fallbackUrl: null,
        fallbackMethod: 'POST',
        statusCallback: null,
        statusCallbackMethod: 'POST',
        statusCallbackEvents: [],
        timeoutSec: 60,
        timeLimitSec: null,
        sendDigits: null,
        sipAuthUsername: null,
        sipAuthPassword: null,
        conductorSid: null,
      });
      await recordCallProgress(context, call.sid, { status: 'in-progress' });
      return call;
    }),
  );
}

async function enqueue({ context }: OpenedStore, call: New<Call>, limit?: number) {
  const enqueued = await enqueueCall(context, call, 'support', limit);
  if (enqueued === undefined) throw new Error('the call is over');
  return enqueued;
}

onEngines('A queue', both, (engine) => {
  test('is one, whoever comes at once, and gives each of those in it to one taker', async () => {
    await using opened = await open(engine);
    const { context, store } = opened;
    const { sid: accountSid } = await opened.account();
    const [waiting, takers] = [await calls(opened, TIMES), await calls(opened, TIMES + 1)];

    const enqueued = await Promise.all(waiting.map((call) => enqueue(opened, call)));
    const taken = await Promise.all(
      takers.map((taker) => takeFromQueue(context, taker, 'support')),
    );

    expect(new Set(enqueued.map(({ queue }) => queue.sid)).size).toBe(1);
    const page = { pageSize: 50, page: 0, cursor: undefined };
    expect((await listQueues(store.db, accountSid, page)).items).toHaveLength(1);
    const sids = taken.flatMap((each) => (each.kind === 'taken' ? [each.member.callSid] : []));
    expect(new Set(sids)).toEqual(new Set(waiting.map(({ sid }) => sid)));
    expect(taken.filter(({ kind }) => kind === 'empty')).toHaveLength(1);
  });

  test('takes no more than its size, however many come at once', async () => {
    await using opened = await open(engine);
    const all = await calls(opened, TIMES);

    const enqueued = await Promise.allSettled(all.map((call) => enqueue(opened, call, 5)));

    expect(enqueued.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect(enqueued.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { errorName: 'queueFull', code: 14_207 },
    });
  });

  test('keeps the place of one whose taker fails', async () => {
    await using opened = await open(engine);
    const { context } = opened;
    const [first, second, taker] = await calls(opened, 3);
    if (first === undefined || second === undefined || taker === undefined) throw new Error();
    const { member } = await enqueue(opened, first);
    await enqueue(opened, second);
    await takeFromQueue(context, taker, 'support');

    await returnToQueue(context, member);

    expect(await takeFromQueue(context, taker, 'support')).toMatchObject({
      kind: 'taken',
      member: { callSid: first.sid },
    });
  });

  test('lets one go when its call ends, and is then deleted', async () => {
    await using opened = await open(engine);
    const { context, store } = opened;
    const [call] = await calls(opened, 1);
    if (call === undefined) throw new Error();
    const { queue } = await enqueue(opened, call);
    await expect(removeQueue(context, queue)).rejects.toMatchObject({ errorName: 'queueNotEmpty' });

    await recordCallProgress(context, call.sid, { status: 'completed' });

    expect(await mapQueueCrowds(store.db, [queue.sid])).toEqual(new Map());
    await removeQueue(context, queue);
  });

  test('gives a member to one of those who redirect it and take it at once', async () => {
    await using opened = await open(engine);
    const { context } = opened;
    const [call, taker] = await calls(opened, 2);
    if (call === undefined || taker === undefined) throw new Error();
    const { queue } = await enqueue(opened, call);
    const elsewhere = { url: 'https://example.com/', method: 'POST' } as const;

    const [redirected, taken] = await Promise.allSettled([
      redirectQueueMember(context, queue, call.sid, elsewhere),
      takeFromQueue(context, taker, 'support'),
    ]);

    const wasTaken = taken.status === 'fulfilled' && taken.value.kind === 'taken';
    expect(redirected.status === 'fulfilled').toBe(!wasTaken);
  });
});
