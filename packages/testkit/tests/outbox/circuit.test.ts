import { FakeClock } from '@tutti/sip';
import { expect, it, vi } from 'vitest';
import { startTestServer, WebhookCatcher, type TestServer } from '../../src/index.ts';
import { addMessage, listDeliveries, openConversation } from './_receiver.ts';

/** Longer than any pause between two attempts or two probes. */
const PAUSE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** A server for which time passes only as told, but for when it stops. */
async function startStill(): Promise<AsyncDisposable & { clock: FakeClock; tutti: TestServer }> {
  const clock = new FakeClock();
  const tutti = await startTestServer({ clock });
  const close = async (): Promise<void> => {
    let isClosed = false;
    const closing = tutti[Symbol.asyncDispose]().then(() => {
      isClosed = true;
    });
    await vi.waitFor(() => {
      clock.advance(1000);
      expect(isClosed).toBe(true);
    });
    await closing;
  };
  return { clock, tutti, [Symbol.asyncDispose]: close };
}

/** Adds a message to each of so many conversations, all of which tell `url`; their SIDs. */
async function addMessages(tutti: TestServer, url: string, count: number): Promise<string[]> {
  const sids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const conversation = await openConversation(tutti, url);
    sids.push(await addMessage(tutti, conversation, String(n)));
  }
  return sids;
}

async function attempted(tutti: TestServer, count: number): Promise<void> {
  await vi.waitFor(
    async () => expect(await listDeliveries(tutti, '?PageSize=1000')).toHaveLength(count),
    { timeout: 10_000, interval: 10 },
  );
}

interface Down {
  readonly host: string;
  readonly since: string;
  readonly next_probe: string;
  readonly waiting: number;
}

async function receiversDown(tutti: TestServer): Promise<Down[]> {
  const { body } = await tutti.request<{ receivers_down: Down[] }>('GET', '/v1/Server');
  return body.receivers_down;
}

async function alertCodes(tutti: TestServer): Promise<string[]> {
  const alerts = await tutti.client.monitor.v1.alerts.list();
  return alerts.map(({ errorCode }) => errorCode);
}

it('a receiver that is down is tried by one event at a time, others go on, and all arrives when it is back', async () => {
  await using bed = await startStill();
  const { clock, tutti } = bed;
  const gone = await WebhookCatcher.open();
  await gone.close();
  const port = Number(new URL(gone.url).port);
  await addMessages(tutti, gone.at('/events'), 10);
  await attempted(tutti, 10);
  // Their second attempts wait now, and a new event does with them.
  const [late] = await addMessages(tutti, gone.at('/events'), 1);

  const [down, ...others] = await receiversDown(tutti);
  expect(others).toEqual([]);
  expect(down).toMatchObject({ host: `127.0.0.1:${port}`, waiting: 1 });
  expect((await alertCodes(tutti)).filter((code) => code === '75021')).toHaveLength(1);
  const alert = (await tutti.client.monitor.v1.alerts.list()).find(
    ({ errorCode }) => errorCode === '75021',
  );
  expect(alert?.alertText).toContain(`127.0.0.1:${port} failed 10 times in a row`);

  // The probe fails: one attempt, no alert of its own.
  clock.advance(PAUSE_MS);
  await attempted(tutti, 11);
  expect(await receiversDown(tutti)).toMatchObject([{ since: down?.since, waiting: 10 }]);
  expect(await alertCodes(tutti)).toHaveLength(11);

  const hooks = await tutti.webhooks();
  await addMessages(tutti, hooks.at('/events'), 1);
  await hooks.next('/events');
  await attempted(tutti, 12);

  await using back = await WebhookCatcher.open({ port });
  clock.advance(PAUSE_MS);
  for (let n = 0; n < 11; n += 1) await back.next('/events');
  await tutti.settled();
  expect(back.caught.map(({ parameters }) => parameters['MessageSid'])).toContain(late);
  expect(await receiversDown(tutti)).toEqual([]);
});

it('what waited an hour for a receiver that is down is given up, told in the list and by no alert of its own', async () => {
  await using bed = await startStill();
  const { clock, tutti } = bed;
  const gone = await WebhookCatcher.open();
  await gone.close();
  await addMessages(tutti, gone.at('/events'), 10);
  await attempted(tutti, 10);
  const alerts = await alertCodes(tutti);
  clock.advance(PAUSE_MS);
  await addMessages(tutti, gone.at('/events'), 1);
  await attempted(tutti, 11);
  const [late = ''] = await addMessages(tutti, gone.at('/events'), 1);

  // One more is tried; the others are given up, and in the end that one, too.
  clock.advance(HOUR_MS);
  await attempted(tutti, 12 + 11);
  clock.advance(PAUSE_MS);
  await attempted(tutti, 12 + 12);
  await tutti.settled();

  expect(await listDeliveries(tutti, `?ResourceSid=${late}`)).toMatchObject([
    {
      attempt: 1,
      status_code: null,
      error_code: 75_021,
      problem: `it was not sent: ${new URL(gone.url).host} was down, and the event is an hour old`,
    },
  ]);
  expect(await alertCodes(tutti)).toEqual(alerts);
});

it('a server stops at once although receivers are down', async () => {
  const tutti = await startTestServer();
  const gone = await WebhookCatcher.open();
  await gone.close();
  await addMessages(tutti, gone.at('/events'), 12);
  await vi.waitFor(async () => expect(await receiversDown(tutti)).toHaveLength(1));

  await expect(tutti[Symbol.asyncDispose]()).resolves.toBeUndefined();
});

it.each([
  [429, (): string => '120', 120_000],
  [503, (now: number): string => new Date(now + 90_000).toUTCString(), 89_000],
  [503, (): string => '86400', 300_000],
])('a receiver that answers %i is left alone for as long as it asks', async (status, wish, ms) => {
  await using bed = await startStill();
  const { clock, tutti } = bed;
  const hooks = await tutti.webhooks();
  hooks.reply('/events', () => ({ status, headers: { 'Retry-After': wish(clock.now()) } }));
  await addMessages(tutti, hooks.at('/events'), 1);
  await attempted(tutti, 1);
  const started = clock.now();

  // A second less than it asked for, and nothing is sent; the rest, and it is.
  clock.advance(ms - 1000);
  await addMessages(tutti, hooks.at('/others'), 1);
  await hooks.next('/others');
  const early = hooks.caught.filter(({ path }) => path === '/events').length;
  clock.advance(2000);
  await attempted(tutti, 3);

  expect(early).toBe(1);
  expect(clock.now() - started).toBeGreaterThanOrEqual(ms);
});
