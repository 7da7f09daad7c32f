import { expect, test, vi } from 'vitest';
import { startReceiver } from '../_receiver.ts';
import { startTestServer } from '../_server.ts';

test('secrets in what a receiver answers and in addresses show in no delivery and no activity', async () => {
  await using server = await startTestServer();
  await using receiver = await startReceiver((_, response) => {
    response.writeHead(307, { location: 'http://u:PLANTpw1@:99999/x?token=PLANTtok' });
    response.end();
  });
  const { body: start } = await server.request('GET', '/v1/Activity');
  const { body: conversation } = await server.request('POST', '/v1/Conversations', {});
  const path = `/v1/Conversations/${conversation.sid}`;
  await server.request('POST', `${path}/Webhooks`, {
    Target: 'webhook',
    'Configuration.Url': receiver.url,
    'Configuration.Filters': 'onMessageAdded',
  });
  const from = '+15550104001';
  await server.client.incomingPhoneNumbers.create({ phoneNumber: from });

  await server.request(
    'POST',
    `${path}/Messages`,
    { Body: 'one' },
    { headers: { 'x-twilio-webhook-enabled': 'true' } },
  );
  const { body: call } = await server.request(
    'POST',
    `/2010-04-01/Accounts/${server.accountSid}/Calls.json`,
    { From: from, To: 'sip:u:PLANTpw2@127.0.0.1:1', Twiml: '<Response/>' },
  );

  await vi.waitFor(
    async () => {
      const { body: deliveries } = await server.request('GET', '/v1/Deliveries');
      const { body: activity } = await server.request('GET', `/v1/Activity?After=${start.cursor}`);
      const shown = JSON.stringify([deliveries, activity]);
      expect(shown).toContain('http://u:***@:99999/x?token=***');
      expect(shown).toContain(`${call.sid} ${from} → sip:u:***@127.0.0.1:1`);
      expect(shown).not.toContain('PLANT');
    },
    { timeout: 5000, interval: 20 },
  );
});
