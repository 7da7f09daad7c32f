import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startReceiver, status, type Receiver } from '../_receiver.ts';
import { startTestServer, type TestServer } from '../_server.ts';

const path = '/monitor/v1/Debugger/Webhook';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A receiver that the account's alerts are told to. */
async function listen(respond?: Parameters<typeof startReceiver>[0]): Promise<Receiver> {
  const receiver = await startReceiver(respond);
  onTestFinished(() => receiver[Symbol.asyncDispose]());
  await server.request('POST', path, { Url: receiver.url });
  return receiver;
}

/** Asks for a Conversation that is not there, which raises 20404. */
async function miss(digits: string): Promise<string> {
  const sid = `CH${digits.repeat(16)}`;
  await server.request('POST', `/v1/Conversations/${sid}`, {
    Attributes: '{"token":"in-the-form"}',
  });
  await server.settled();
  return sid;
}

test('is nowhere until it is set, and nowhere again when the URL is empty', async () => {
  const before = await server.request('GET', path);
  const set = await server.request('POST', '/v1/Debugger/Webhook', { Url: 'http://a.example/x' });
  const cleared = await server.request('POST', path, { Url: '' });

  expect(before.body).toMatchObject({ account_sid: server.accountSid, webhook_url: null });
  expect(set.body).toMatchObject({
    webhook_url: 'http://a.example/x',
    date_created: expect.stringMatching(/Z$/),
    url: `${server.url}/v1/Debugger/Webhook`,
  });
  expect(cleared.body.webhook_url).toBeNull();
});

test.each([
  [{}, 20_001],
  [{ Url: 'nowhere' }, 21_205],
])('%j is refused with %i', async (form, code) => {
  const { status: answered, body } = await server.request('POST', path, form);

  expect([answered, body.code]).toEqual([400, code]);
});

test('tells of a new alert with the parameters Twilio has, signed, without secrets', async () => {
  const receiver = await listen();

  const missing = await miss('a1');

  const [alert] = await server.alerts();
  const [told] = receiver.received;
  expect(receiver.received).toHaveLength(1);
  expect(told?.method).toBe('POST');
  expect(told?.isSignedWith(server.authToken)).toBe(true);
  expect(told?.headers['i-twilio-idempotency-token']).toMatch(/^[0-9a-f-]{36}$/);
  expect(told?.parameters).toEqual({
    Sid: alert.sid,
    AccountSid: server.accountSid,
    ParentAccountSid: '',
    Timestamp: alert.date_created,
    Level: 'ERROR',
    PayloadType: 'application/json',
    Payload: expect.any(String),
  });
  const payload = JSON.parse(told?.parameters['Payload'] ?? '');
  expect(payload).toMatchObject({
    resource_sid: missing,
    service_sid: null,
    error_code: '20404',
    more_info: { Msg: alert.alert_text, ErrorCode: '20404', LogLevel: 'ERROR', occurrences: '1' },
    webhook: {
      type: 'application/json',
      request: {
        method: 'POST',
        headers: { authorization: '***' },
        parameters: { Attributes: '{"token":"***"}' },
      },
      response: { status_code: 404, body: expect.stringContaining('20404') },
    },
  });
  expect(JSON.stringify(told?.parameters)).not.toContain('in-the-form');
  expect(JSON.stringify(told?.parameters)).not.toContain(server.authToken);
});

test('tells of the first and the tenth of a flood, and of none between', async () => {
  const receiver = await listen();

  for (let i = 0; i < 11; i += 1) await miss('b2');

  const told = receiver.received.map(({ parameters }) => [
    parameters['Sid'],
    JSON.parse(parameters['Payload'] ?? '').more_info.occurrences,
  ]);
  const [alert] = await server.alerts();
  expect(alert.occurrences).toBe(11);
  expect(told).toEqual([
    [alert.sid, '1'],
    [alert.sid, '10'],
  ]);
});

test('that fails raises no alert, which would be told to it again', async () => {
  const receiver = await listen(status(404));
  const before = await server.alerts();

  await miss('c3');

  const after = await server.alerts();
  const { body } = await server.request('GET', `/v1/Deliveries?PageSize=50`);
  expect(receiver.received).toHaveLength(1);
  expect(after.length - before.length).toBe(1);
  expect(after[0].error_code).toBe('20404');
  expect(body.deliveries[0]).toMatchObject({ resource_sid: after[0].sid, status_code: 404 });
});

test('of a webhook that fails shows what was sent to it and answered', async () => {
  const receiver = await listen();
  const hook = await startReceiver((_, response) => {
    response.writeHead(404, { 'set-cookie': 'session=abcdef', 'x-seen': 'yes' });
    response.end('you sent hunter22 and abcdef');
  });
  onTestFinished(() => hook[Symbol.asyncDispose]());
  await server.request('POST', '/v1/Configuration/Webhooks', {
    PostWebhookUrl: hook.url.replace('://', '://me:hunter22@'),
    Filters: ['onConversationAdded'],
  });

  await server.client.conversations.v1.conversations.create({ xTwilioWebhookEnabled: 'true' });
  await server.settled();

  const [alert] = await server.alerts();
  const { body } = await server.request('GET', `/v1/Alerts/${alert.sid}`);
  const sent = Object.fromEntries(new URLSearchParams(body.request_headers));
  expect(body.error_code).toBe('50057');
  expect(sent).toMatchObject({
    'User-Agent': 'TwilioProxy/1.1',
    'X-Twilio-Signature': '***',
    Authorization: '***',
    'I-Twilio-Idempotency-Token': expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  expect(body.response_headers).toContain('x-seen=yes');
  expect(body.response_headers).toContain('set-cookie=***');
  expect(body.response_body).toBe('you sent *** and ***');
  const payload = JSON.parse(receiver.received.at(-1)?.parameters['Payload'] ?? '');
  expect(payload.webhook).toMatchObject({
    request: { parameters: { EventType: 'onConversationAdded' } },
    response: { status_code: 404, body: 'you sent *** and ***' },
  });
  for (const secret of ['hunter22', 'abcdef']) {
    expect(JSON.stringify([body, receiver.received.at(-1)?.parameters])).not.toContain(secret);
  }
});
