import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../_server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

function missing(digits: string): string {
  return `CH${digits.repeat(16)}`;
}

test('ResourceSid and ErrorCode select', async () => {
  await server.request('GET', `/v1/Conversations/${missing('1a')}`);
  await server.request('GET', `/v1/Conversations/${missing('1b')}`);
  await server.request('POST', '/v1/Conversations', { Unread: 'x' });

  const byResource = await server.request('GET', `/v1/Alerts?ResourceSid=${missing('1a')}`);
  const byCode = await server.request('GET', '/v1/Alerts?ErrorCode=75010');
  const { client } = server;
  const levels = await Promise.all(
    (['error', 'warning', 'notice', 'debug'] as const).map((logLevel) =>
      client.monitor.v1.alerts.list({ logLevel }),
    ),
  );

  expect(byResource.body.alerts).toMatchObject([{ resource_sid: missing('1a') }]);
  expect(byCode.body.alerts).toMatchObject([{ error_code: '75010', log_level: 'warning' }]);
  expect(levels.map((alerts) => alerts.length)).toEqual([2, 1, 0, 0]);
});

test.each(['ErrorCode=many', 'LogLevel=fatal'])('%s is refused', async (query) => {
  const { status, body } = await server.request('GET', `/v1/Alerts?${query}`);

  expect([status, body.code]).toEqual([400, 20_001]);
});

test('the same refusal again counts up the alert there is, for its reader and for tail', async () => {
  const { body: start } = await server.request('GET', '/v1/Activity');
  for (let i = 0; i < 3; i += 1) {
    await server.request('GET', `/v1/Conversations/${missing('2a')}`);
  }

  const { body } = await server.request('GET', `/v1/Alerts?ResourceSid=${missing('2a')}`);
  const { body: activity } = await server.request('GET', `/v1/Activity?After=${start.cursor}`);

  expect(body.alerts).toMatchObject([
    { occurrences: 3, date_last_occurred: body.alerts[0].date_updated },
  ]);
  expect(activity.activity).toMatchObject([
    {
      kind: 'alert',
      error_code: '20404',
      log_level: 'error',
      resource_sid: missing('2a'),
      occurrences: 3,
      more_info: 'https://www.twilio.com/docs/errors/20404',
      summary: expect.stringMatching(
        new RegExp(
          `^error 20404 ${missing('2a')} .* \\(3 times since \\d\\d:\\d\\d:\\d\\dZ\\) https://`,
        ),
      ),
    },
  ]);
});

test('a program that looks for a thousand names leaves twenty-one alerts', async () => {
  for (let i = 0; i < 40; i += 1) {
    await server.request('GET', `/v1/Conversations/no-such-${i}/Participants`);
  }

  const [newest, ...others] = (await server.alerts()).filter(({ request_url: url }) =>
    url.includes('no-such-'),
  );
  expect(others).toHaveLength(20);
  expect(newest.occurrences).toBe(20);
  expect(newest.alert_text).toContain('no-such-39');
});

test('pages by PageSize to the last', async () => {
  const all = await server.client.monitor.v1.alerts.list({ pageSize: 1000 });
  const paged = await server.client.monitor.v1.alerts.list({ pageSize: 5 });

  expect(paged.length).toBeGreaterThan(20);
  expect(paged.map(({ sid }) => sid)).toEqual(all.map(({ sid }) => sid));
});

test('a secret of the query, the form or a header is in no field of the alert', async () => {
  const secret = 'sw0rdfish-9';
  await server.request(
    'POST',
    `/v1/Conversations/${missing('3a')}/Participants?api_key=${secret}`,
    { Identity: 'ann', Url: `https://me:${secret}@a.example/?x=${secret}`, Password: secret },
    { headers: { cookie: `session=${secret}`, 'x-api-key': secret, 'x-echo': secret } },
  );
  const [alert] = await server.alerts();

  const { body } = await server.request('GET', `/v1/Alerts/${alert.sid}`);

  expect(body.request_variables).toContain('Password=***');
  expect(body.request_url).toContain('api_key=***');
  expect(JSON.stringify(body)).not.toContain(secret);
  expect(JSON.stringify(body)).not.toContain(server.authToken);
});

test('a path with an empty SID raises an alert about nothing, and an empty filter selects nothing apart', async () => {
  const { status } = await server.request('POST', '/v1/Conversations/', { State: 'closed' });

  const { body } = await server.request('GET', '/v1/Alerts?ResourceSid=&StartDate=');

  expect(status).toBe(404);
  expect(body.alerts[0]).toMatchObject({ error_code: '20404', resource_sid: null });
});
