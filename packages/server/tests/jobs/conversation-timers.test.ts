import { FakeClock } from '@tutti/sip';
import { expect, test } from 'vitest';
import { watchConversationTimers } from '../../src/jobs/conversation-timers.ts';
import { open, sqlite } from '../store/_engines.ts';

const TICK_MS = 5000;

test('every conversation whose timer ran out is moved at once, however many', async () => {
  await using opened = await open(sqlite);
  const clock = new FakeClock();
  await Promise.all(Array.from({ length: 250 }, () => opened.conversation()));
  await opened.store.transact((tx) =>
    tx.updateTable('conversations').set({ dateInactive: 1 }).execute(),
  );
  const timers = watchConversationTimers({ ...opened.context, clock }, opened.context.log);

  clock.advance(TICK_MS);

  const countMoved = async (): Promise<number> => {
    const query = opened.store.db.selectFrom('conversations').select('sid');
    return (await query.where('state', '=', 'inactive').execute()).length;
  };
  await expect.poll(countMoved, { timeout: 10_000 }).toBe(250);
  await timers.close();
});
