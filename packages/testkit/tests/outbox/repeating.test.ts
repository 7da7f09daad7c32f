import { describe, expect, it, vi } from 'vitest';
import { startTestServer, WebhookCatcher, type TestServer } from '../../src/index.ts';
import { JumpingClock } from './_clock.ts';
import { addMessage, listDeliveries, openConversation } from './_receiver.ts';

const TOKEN = 'i-twilio-idempotency-token';
/** Longer than any pause between two attempts. */
const PAUSE_MS = 60_000;

/** Waits until that many attempts are kept. */
async function attempted(tutti: TestServer, count: number): Promise<void> {
  await vi.waitFor(async () => expect(await listDeliveries(tutti)).toHaveLength(count), {
    timeout: 5000,
    interval: 10,
  });
}

async function alertsOf(tutti: TestServer): Promise<{ code: string; text: string }[]> {
  const alerts = await tutti.client.monitor.v1.alerts.list();
  return alerts.map(({ errorCode, alertText }) => ({ code: errorCode, text: alertText }));
}

describe('a webhook that fails', () => {
  it.for([500, 502, 503, 429])(
    'with %i is sent again with the same token, and those behind it wait',
    async (status) => {
      const clock = new JumpingClock();
      await using tutti = await startTestServer({ clock });
      const hooks = await tutti.webhooks();
      hooks.reply('/events', { status });
      const conversation = await openConversation(tutti, hooks.at('/events'));
      const first = await addMessage(tutti, conversation, 'one');
      const second = await addMessage(tutti, conversation, 'two');
      await attempted(tutti, 1);
      clock.jump(PAUSE_MS);
      await attempted(tutti, 2);
      hooks.reply('/events', { status: 200 });

      clock.jump(PAUSE_MS);
      await attempted(tutti, 4);

      expect(hooks.caught.map(({ parameters }) => parameters['MessageSid'])).toEqual([
        first,
        first,
        first,
        second,
      ]);
      const tokens = hooks.caught.map(({ headers }) => headers[TOKEN]);
      expect(tokens[0]).toMatch(/^[0-9a-f-]{36}$/);
      expect(tokens.slice(0, 3)).toEqual([tokens[0], tokens[0], tokens[0]]);
      expect(tokens[3]).not.toBe(tokens[0]);
      expect(hooks.caught.every(({ signatureValid }) => signatureValid)).toBe(true);
      expect(await listDeliveries(tutti)).toMatchObject([
        { resource_sid: first, attempt: 1, status_code: status, error_code: 11_200 },
        { resource_sid: first, attempt: 2, status_code: status },
        { resource_sid: first, attempt: 3, status_code: 200, error_code: null, problem: null },
        { resource_sid: second, attempt: 1, status_code: 200 },
      ]);
      // Told once, at the first failure.
      expect(await alertsOf(tutti)).toHaveLength(1);
    },
  );

  it('for nobody being there is sent again', async () => {
    const clock = new JumpingClock();
    await using tutti = await startTestServer({ clock });
    const gone = await WebhookCatcher.open();
    const port = Number(new URL(gone.url).port);
    await gone.close();
    const conversation = await openConversation(tutti, gone.at('/events'));
    await addMessage(tutti, conversation, 'one');
    await attempted(tutti, 1);
    await using back = await WebhookCatcher.open({ port });

    clock.jump(PAUSE_MS);

    expect((await back.next('/events')).parameters['Body']).toBe('one');
    await attempted(tutti, 2);
    expect(await listDeliveries(tutti)).toMatchObject([
      {
        attempt: 1,
        status_code: null,
        problem: expect.stringMatching(/^it refused the connection/),
      },
      { attempt: 2, status_code: 204, problem: null },
    ]);
    const [alert, ...others] = await alertsOf(tutti);
    expect(alert?.text).toContain(gone.at('/events'));
    expect(others).toEqual([]);
  });

  it('for not answering in 5 s is sent again', async () => {
    const clock = new JumpingClock();
    await using tutti = await startTestServer({ clock });
    const hooks = await tutti.webhooks();
    hooks.reply('/events', { delayMs: 60_000 });
    const conversation = await openConversation(tutti, hooks.at('/events'));
    await addMessage(tutti, conversation, 'one');
    await hooks.next('/events');
    hooks.reply('/events', { status: 200 });

    clock.jump(5000);
    await attempted(tutti, 1);
    clock.jump(PAUSE_MS);
    await attempted(tutti, 2);

    expect(await listDeliveries(tutti)).toMatchObject([
      { attempt: 1, status_code: null, error_code: 11_203 },
      { attempt: 2, status_code: 200 },
    ]);
  });

  it('five times is given up, and the next one is sent', async () => {
    const clock = new JumpingClock();
    await using tutti = await startTestServer({ clock });
    const hooks = await tutti.webhooks();
    hooks.reply('/events', ({ parameters }) => ({
      status: parameters['Body'] === 'never' ? 500 : 200,
    }));
    const conversation = await openConversation(tutti, hooks.at('/events'));
    await addMessage(tutti, conversation, 'never');
    await addMessage(tutti, conversation, 'goes');

    for (let attempts = 1; attempts <= 4; attempts += 1) {
      await attempted(tutti, attempts);
      clock.jump(PAUSE_MS);
    }
    await tutti.settled();

    expect(hooks.caught.map(({ parameters }) => parameters['Body'])).toEqual([
      ...Array.from({ length: 5 }, () => 'never'),
      'goes',
    ]);
    expect(await alertsOf(tutti)).toHaveLength(1);
  });

  it.for([400, 401, 404, 410])('with %i is not sent again', async (status) => {
    await using tutti = await startTestServer();
    const hooks = await tutti.webhooks();
    hooks.reply('/events', { status, body: 'no such thing here' });
    const conversation = await openConversation(tutti, hooks.at('/events'));
    await addMessage(tutti, conversation, 'one');
    await tutti.settled();

    expect(hooks.caught).toHaveLength(1);
    expect(await listDeliveries(tutti)).toMatchObject([{ attempt: 1, status_code: status }]);
    const [alert] = await tutti.client.monitor.v1.alerts.list();
    const whole = await tutti.client.monitor.v1.alerts(alert?.sid ?? '').fetch();
    expect(whole).toMatchObject({
      requestUrl: hooks.at('/events'),
      requestVariables: expect.stringContaining('EventType=onMessageAdded'),
      responseBody: 'no such thing here',
    });
  });
});

it('a status call-back that fails is sent again with the same token, too', async () => {
  const clock = new JumpingClock();
  await using tutti = await startTestServer({ clock });
  const hooks = await tutti.webhooks();
  hooks.reply('/status', { status: 500 });
  await tutti.client.incomingPhoneNumbers.create({ phoneNumber: '+15550001111' });
  const { sid } = await tutti.client.calls.create({
    from: '+15550001111',
    to: '+15557654321',
    twiml: '<Response/>',
    statusCallback: hooks.at('/status'),
    statusCallbackEvent: ['completed'],
  });
  await attempted(tutti, 1);
  hooks.reply('/status', { status: 200 });

  clock.jump(PAUSE_MS);
  await attempted(tutti, 2);

  const [first, second] = hooks.caught;
  expect(second?.headers[TOKEN]).toBe(first?.headers[TOKEN]);
  expect(second?.parameters).toEqual(first?.parameters);
  expect(await listDeliveries(tutti, `?ResourceSid=${sid}`)).toMatchObject([
    { event_type: 'completed', attempt: 1, status_code: 500 },
    { event_type: 'completed', attempt: 2, status_code: 200 },
  ]);
});
