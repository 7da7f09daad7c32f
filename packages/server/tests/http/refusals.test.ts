import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../_server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test('an alert about a refused call shows what was sent, and no password', async () => {
  const { status } = await server.request(
    'POST',
    `/2010-04-01/Accounts/${server.accountSid}/Calls.json`,
    {
      From: '+15550001111',
      To: 'sip:bob@example.com',
      SipAuthUsername: 'bob',
      SipAuthPassword: 'hunter2',
      ConductorSid: `CH${'ab'.repeat(16)}`,
    },
  );

  const [alert] = await server.alerts();
  const { body } = await server.request('GET', `/monitor/v1/Alerts/${alert.sid}`);
  expect(status).toBe(400);
  expect(body.request_variables).toContain('SipAuthUsername=bob&SipAuthPassword=***&ConductorSid=');
  expect(JSON.stringify(body)).not.toContain('hunter2');
});
