import { FakeClock } from '@tutti/sip';
import { expect, it, vi } from 'vitest';
import { startReceiver, status } from '../_receiver.ts';
import { startTestServer } from '../_server.ts';

const PAUSE_MS = 1000;

it('a webhook that failed is sent again after a pause, and the next one after it', async () => {
  const clock = new FakeClock();
  await using server = await startTestServer({}, { clock });
  let failures = 1;
  await using receiver = await startReceiver((received, response) => {
    status((failures -= 1) >= 0 ? 500 : 200)(received, response);
  });
  const { body: conversation } = await server.request('POST', '/v1/Conversations', {});
  const path = `/v1/Conversations/${conversation.sid}`;
  await server.request('POST', `${path}/Webhooks`, {
    Target: 'webhook',
    'Configuration.Url': receiver.url,
    'Configuration.Filters': 'onMessageAdded',
  });
  const headers = { 'x-twilio-webhook-enabled': 'true' };
  await server.request('POST', `${path}/Messages`, { Body: 'one' }, { headers });
  await server.request('POST', `${path}/Messages`, { Body: 'two' }, { headers });
  const attempts = async (): Promise<number> =>
    (await server.request('GET', '/v1/Deliveries')).body.deliveries.length;
  await vi.waitFor(async () => expect(await attempts()).toBe(1), { timeout: 5000, interval: 10 });

  clock.advance(PAUSE_MS);

  await vi.waitFor(() => expect(receiver.received).toHaveLength(3), { timeout: 5000 });
  expect(receiver.received.map(({ parameters }) => parameters['Body'])).toEqual([
    'one',
    'one',
    'two',
  ]);
});

/** What came of the only webhook of a conversation, at its first attempt, to a receiver that answers so. */
async function firstAttempt(
  respond: Parameters<typeof startReceiver>[0],
): Promise<{ attempt: Record<string, unknown>; received: number }> {
  const clock = new FakeClock();
  await using server = await startTestServer({}, { clock });
  await using receiver = await startReceiver(respond);
  const { body: conversation } = await server.request('POST', '/v1/Conversations', {});
  const path = `/v1/Conversations/${conversation.sid}`;
  await server.request('POST', `${path}/Webhooks`, {
    Target: 'webhook',
    'Configuration.Url': receiver.url,
    'Configuration.Filters': 'onMessageAdded',
  });
  const headers = { 'x-twilio-webhook-enabled': 'true' };
  await server.request('POST', `${path}/Messages`, { Body: 'one' }, { headers });
  const attempt = await vi.waitFor(
    async () => {
      const [made] = (await server.request('GET', '/v1/Deliveries')).body.deliveries;
      expect(made).toBeDefined();
      return made;
    },
    { timeout: 5000, interval: 10 },
  );
  const received = receiver.received.length;
  clock.advance(PAUSE_MS);
  await server.settled();
  return { attempt, received };
}

it.each([
  ['ended', 'destroySoon'],
  ['reset', 'resetAndDestroy'],
] as const)(
  'an answer of success that is %s before it is whole is asked for again',
  async (_, cut) => {
    let asked = 0;
    const { attempt } = await firstAttempt((_received, response) => {
      if ((asked += 1) > 1) return void response.end();
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('begun', () => response.socket?.[cut]());
    });

    expect(attempt).toMatchObject({ delivery_status: 'pending', error_code: 11_205 });
    expect(asked).toBe(2);
  },
);

it('a receiver that redirects in a circle is not asked again', async () => {
  const { attempt, received } = await firstAttempt((_, response) => {
    response.writeHead(302, { Location: '/' }).end();
  });

  expect(attempt).toMatchObject({ delivery_status: 'failed', error_code: 11_215 });
  expect(received).toBe(11);
});

it('a status callback shows its repetitions, and what of its URL was not used', async () => {
  await using server = await startTestServer();
  await using receiver = await startReceiver(status(404));
  await server.client.incomingPhoneNumbers.create({ phoneNumber: '+15550002222' });
  const { body: call } = await server.request(
    'POST',
    `/2010-04-01/Accounts/${server.accountSid}/Calls.json`,
    {
      From: '+15550002222',
      To: '+15550001111',
      Twiml: '<Response/>',
      StatusCallback: `${receiver.url}/#rc=3&rp=4xx&ct=never`,
    },
  );
  expect(call).toMatchObject({ status: 'queued' });
  await server.settled();

  await vi.waitFor(
    async () => {
      const { deliveries } = (await server.request('GET', '/v1/Deliveries')).body;
      expect(deliveries).toMatchObject([
        { resource_sid: call.sid, attempt: 1, requests: 4, delivery_status: 'failed' },
      ]);
    },
    { timeout: 5000, interval: 10 },
  );
  expect(receiver.received).toHaveLength(4);
  const unused = (await server.alerts()).filter(({ alert_text }) =>
    alert_text.includes('ct=never is not used'),
  );
  expect(unused).toMatchObject([{ log_level: 'warning', resource_sid: call.sid }]);
});
