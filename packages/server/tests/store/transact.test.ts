import { expect, test } from 'vitest';
import { insertNewMessage } from '../../src/actions/add-message.ts';
import { refusal, RequestError } from '../../src/base/app-error.ts';
import { findConversation } from '../../src/store/conversations.ts';
import { listMessagesAfter } from '../../src/store/messages.ts';
import { deferred } from './_deferred.ts';
import { both, onEngines, open, postgres, sqlite } from './_engines.ts';

const origin = { source: 'API', webhooks: false } as const;

onEngines('A transaction', both, (engine) => {
  test('has been committed when it resolves, and readers see it', async () => {
    await using opened = await open(engine);

    const { sid } = await opened.conversation();

    expect(await findConversation(opened.store.db, sid)).toMatchObject({ nextMessageIndex: 0 });
  });

  test('is not seen by readers before it is committed', async () => {
    await using opened = await open(engine);
    const { sid, accountSid } = await opened.conversation();

    const before = await opened.store.transact(async (tx) => {
      const input = { accountSid, conversationSid: sid, author: 'a', body: 'x', attributes: '{}' };
      await insertNewMessage(tx, opened.context, input, origin);
      return findConversation(opened.store.db, sid);
    });

    expect(before?.nextMessageIndex).toBe(0);
    expect((await findConversation(opened.store.db, sid))?.nextMessageIndex).toBe(1);
  });

  test('that throws undoes all it wrote, and nothing of the others', async () => {
    await using opened = await open(engine);
    const { sid, accountSid } = await opened.conversation();
    const add = (index: number): Promise<void> =>
      opened.store.transact(async (tx) => {
        const body = String(index);
        const input = { accountSid, conversationSid: sid, author: 'a', body, attributes: '{}' };
        await insertNewMessage(tx, opened.context, input, origin);
        if (index % 4 === 0) throw refusal('conversationClosed', { sid });
      });

    const results = await Promise.allSettled(Array.from({ length: 32 }, (_, index) => add(index)));

    const failed = results.filter((result) => result.status === 'rejected');
    expect(failed).toHaveLength(8);
    expect(failed.every(({ reason }) => reason instanceof RequestError)).toBe(true);
    const messages = await listMessagesAfter(opened.store.db, sid, -1, 100);
    expect(messages.map(({ messageIndex }) => messageIndex)).toEqual([...Array(24).keys()]);
    expect(messages.some(({ body }) => Number(body) % 4 === 0)).toBe(false);
  });

  test('refuses to store a fraction, which only one of the engines would keep', async () => {
    await using opened = await open(engine);
    const { sid } = await opened.conversation();

    const stored = opened.store.transact((tx) =>
      tx.updateTable('conversations').set({ dateUpdated: 0.5 }).where('sid', '=', sid).execute(),
    );

    await expect(stored).rejects.toThrow('0.5 cannot be stored; numbers are whole');
  });

  test('adds messages to one conversation without gaps or repeats, 64 at a time', async () => {
    await using opened = await open(engine);
    const { sid, accountSid } = await opened.conversation();
    const add = (): Promise<unknown> =>
      opened.store.transact((tx) => {
        const input = {
          accountSid,
          conversationSid: sid,
          author: 'a',
          body: 'b',
          attributes: '{}',
        };
        return insertNewMessage(tx, opened.context, input, origin);
      });

    for (let round = 0; round < 4; round += 1) {
      await Promise.all(Array.from({ length: 64 }, add));
    }

    const messages = await listMessagesAfter(opened.store.db, sid, -1, 1000);
    expect(messages.map(({ messageIndex }) => messageIndex)).toEqual([...Array(256).keys()]);
    expect((await findConversation(opened.store.db, sid))?.nextMessageIndex).toBe(256);
    const seqs = messages.map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  });

  test('says that there may be something new once it is committed', async () => {
    await using opened = await open(engine);
    const before = opened.commits();

    await opened.conversation();

    expect(opened.commits()).toBe(before + 1);
  });

  test('that is under way is finished before the store closes', async () => {
    await using place = await engine.place();
    await using opened = await open(engine, place.config);
    const { sid, accountSid } = await opened.conversation();
    const writing = opened.store.transact((tx) => {
      const input = { accountSid, conversationSid: sid, author: 'a', body: 'b', attributes: '{}' };
      return insertNewMessage(tx, opened.context, input, origin);
    });

    await opened.store.close();

    await writing;
    await using again = await open(engine, place.config);
    expect((await findConversation(again.store.db, sid))?.nextMessageIndex).toBe(1);
  });
});

onEngines('Group commit', [sqlite], (engine) => {
  test('makes all that wait at one moment durable by one commit', async () => {
    await using opened = await open(engine);
    const before = opened.commits();

    await Promise.all(Array.from({ length: 32 }, () => opened.conversation()));

    expect(opened.commits() - before).toBeLessThanOrEqual(2);
  });

  test('keeps no reader waiting', async () => {
    await using opened = await open(engine);
    const { sid } = await opened.conversation();
    const held = deferred<void>();
    const writing = opened.store.transact(() => held.promise);

    const read = await findConversation(opened.store.db, sid);

    expect(read?.sid).toBe(sid);
    held.resolve();
    await writing;
  });
});

onEngines('Transactions', [postgres], (engine) => {
  test('run side by side', async () => {
    await using opened = await open(engine);
    const met = deferred<string>();

    const [first] = await Promise.all([
      opened.store.transact(() => met.promise),
      opened.store.transact(async () => met.resolve('met')),
    ]);

    expect(first).toBe('met');
  });

  test('that wait for each other are both carried out', async () => {
    await using opened = await open(engine);
    const { sid: one, accountSid } = await opened.conversation();
    const { sid: other } = await opened.conversation();
    const bothHold = [deferred<void>(), deferred<void>()];
    let runs = 0;
    const addToBoth = (mine: number, order: readonly (typeof one)[]): Promise<void> =>
      opened.store.transact(async (tx) => {
        runs += 1;
        for (const conversationSid of order) {
          const input = { accountSid, conversationSid, author: 'a', body: 'b', attributes: '{}' };
          await insertNewMessage(tx, opened.context, input, origin);
          bothHold[mine]?.resolve();
          await Promise.all(bothHold.map(({ promise }) => promise));
        }
      });

    await Promise.all([addToBoth(0, [one, other]), addToBoth(1, [other, one])]);

    expect(runs).toBe(3);
    expect(await listMessagesAfter(opened.store.db, one, -1, 10)).toHaveLength(2);
    expect(await listMessagesAfter(opened.store.db, other, -1, 10)).toHaveLength(2);
    expect(opened.failures).toEqual([]);
  });

  test('of many conversations leave reads free while one conversation is taken', async () => {
    await using opened = await open(engine);
    const { sid, accountSid } = await opened.conversation();
    const held = deferred<void>();
    const taken = deferred<void>();
    const input = { accountSid, conversationSid: sid, author: 'a', body: 'b', attributes: '{}' };
    const add = (): Promise<unknown> =>
      opened.store.transact((tx) => insertNewMessage(tx, opened.context, input, origin));
    const holder = opened.store.transact(async (tx) => {
      await insertNewMessage(tx, opened.context, input, origin);
      taken.resolve();
      await held.promise;
    });
    await taken.promise;
    const waiting = Array.from({ length: 40 }, add);

    const read = await findConversation(opened.store.db, sid);

    expect(read?.nextMessageIndex).toBe(0);
    held.resolve();
    await Promise.all([holder, ...waiting]);
    expect((await findConversation(opened.store.db, sid))?.nextMessageIndex).toBe(41);
  });
});
