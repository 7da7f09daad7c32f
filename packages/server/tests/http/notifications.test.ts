import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusalOf, startTestServer, type TestServer } from '../_server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A call with a warning of its own (32019): both Url and Twiml. */
async function placeCall(): Promise<string> {
  const { client } = server;
  const from = '+15550104000';
  const [number] = await client.incomingPhoneNumbers.list({ phoneNumber: from });
  if (number === undefined) await client.incomingPhoneNumbers.create({ phoneNumber: from });
  const { body } = await server.request(
    'POST',
    `/2010-04-01/Accounts/${server.accountSid}/Calls.json`,
    { From: from, To: 'sip:bob@127.0.0.1:1', Url: 'http://127.0.0.1:1/', Twiml: '<Response/>' },
  );
  return body.sid;
}

test('the official client lists those of the account and fetches one with its exchange', async () => {
  const { client, accountSid } = server;
  const missing = `CH${'4b'.repeat(16)}`;
  await server.request('GET', `/v1/Conversations/${missing}?Order=asc`);

  const [newest] = await client.notifications.list({ log: 0, limit: 1 });
  const fetched = await client.notifications(newest?.sid ?? '').fetch();

  const [alert] = await server.alerts();
  expect(newest).toMatchObject({
    sid: alert.sid,
    accountSid,
    callSid: null,
    log: '0',
    errorCode: '20404',
    moreInfo: 'https://www.twilio.com/docs/errors/20404',
    messageText: alert.alert_text,
    requestMethod: 'GET',
    uri: `/2010-04-01/Accounts/${accountSid}/Notifications/${alert.sid}.json`,
  });
  expect(newest?.messageDate).toBeInstanceOf(Date);
  expect(fetched).toMatchObject({
    sid: alert.sid,
    requestVariables: 'Order=asc',
    responseBody: expect.stringContaining('20404'),
  });
});

test('those of a call are its own', async () => {
  const { client } = server;
  const callSid = await placeCall();
  const other = await placeCall();

  const listed = await client.calls(callSid).notifications.list({ log: 1 });
  const sid = listed[0]?.sid ?? '';
  const fetched = await client.calls(callSid).notifications(sid).fetch();
  const elsewhere = await refusalOf(client.calls(other).notifications(sid).fetch());
  const noCall = await refusalOf(client.calls(`CA${'12'.repeat(16)}`).notifications.list());

  expect(listed).toMatchObject([{ callSid, errorCode: '32019', log: '1' }]);
  expect(fetched.callSid).toBe(callSid);
  expect([elsewhere.status, noCall.status]).toEqual([404, 404]);
});

test('Log and MessageDate select', async () => {
  const { client } = server;
  const dayMs = 86_400_000;
  const today = new Date();
  const yesterday = new Date(today.getTime() - dayMs);
  await server.request('GET', `/v1/Conversations/CH${'5c'.repeat(16)}`);

  const list = client.notifications.list.bind(client.notifications);
  const all = await list();
  const counts = await Promise.all([
    list({ messageDate: today }),
    list({ messageDate: yesterday }),
    list({ messageDateBefore: yesterday }),
    list({ messageDateAfter: yesterday }),
    list({ log: 3 }),
  ]);

  expect(all.length).toBeGreaterThan(0);
  expect(counts.map(({ length }) => length)).toEqual([all.length, 0, 0, all.length, 0]);
});

test.each([
  ['MessageDate%3E=2026-11-23&MessageDate%3C=2026-11-22', 400],
  ['MessageDate=2026-11-22&MessageDate%3E=2026-11-23', 400],
  ['MessageDate=2026-02-31', 400],
  ['MessageDate=&MessageDate%3E=2026-11-22', 200],
])('%s is answered %i', async (query, expected) => {
  const { status } = await server.request(
    'GET',
    `/2010-04-01/Accounts/${server.accountSid}/Notifications.json?${query}`,
  );

  expect(status).toBe(expected);
});
