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
