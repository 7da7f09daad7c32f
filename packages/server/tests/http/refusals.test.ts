import { createPocketsphinxEngine } from '@tutti/media';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OutletError } from '../../src/base/app-error.ts';
import { conversationsV1 } from '../../src/http/conversations-v1/routes.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { startTestServer, type TestServer } from '../_server.ts';
import { open, sqlite } from '../store/_engines.ts';

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

test.each([
  ['PUT', '/v1/Conversations', 'POST, GET'],
  ['DELETE', '/v1/Conversations?a=b', 'POST, GET'],
  ['POST', '/v1/Activity', 'GET'],
  ['PUT', '/', 'GET'],
  ['POST', '/docs/errors/75001', 'GET'],
])('%s %s is 405 and says by Allow what would not be', async (method, path, allow) => {
  const { status, headers } = await server.request(method, path);

  expect([status, headers.allow]).toEqual([405, allow]);
});

test('a path that nobody serves allows nothing', async () => {
  const { status, headers } = await server.request('GET', '/v1/Nothing');

  expect([status, headers.allow]).toEqual([404, undefined]);
});

test('a refusal whose hints cannot be read is answered without them', async () => {
  await using opened = await open(sqlite);
  const { sid, authToken } = await opened.account();
  const { db } = opened.context;
  let isDown = false;
  const context = {
    ...opened.context,
    get db() {
      if (isDown) throw new OutletError('store', 'at: select "sid"', { retryable: true });
      return db;
    },
  };
  await using app = createHttpServer(context, { strict: false, trustedProxies: [] }, [
    (routes) => conversationsV1(routes, createPocketsphinxEngine()),
  ]);
  isDown = true;

  const answer = await app.inject({
    url: `/v1/Conductors/CH${'ab'.repeat(16)}`,
    headers: { authorization: `Basic ${Buffer.from(`${sid}:${authToken}`).toString('base64')}` },
  });

  expect(answer.statusCode).toBe(400);
  expect(answer.json()).toMatchObject({ code: 75_002, status: 400 });
  expect(answer.body).not.toContain('select');
});

test('unknown parameters are each told of, in one transaction', async () => {
  await using opened = await open(sqlite);
  const { sid, authToken } = await opened.account();
  await using app = createHttpServer(opened.context, { strict: false, trustedProxies: [] }, [
    (routes) => conversationsV1(routes, createPocketsphinxEngine()),
  ]);
  const commits = opened.commits();
  const names = Array.from({ length: 12 }, (_, index) => `Nothing${index}`);

  const answer = await app.inject({
    url: `/v1/Conversations?${names.map((name) => `${name}=1`).join('&')}`,
    headers: { authorization: `Basic ${Buffer.from(`${sid}:${authToken}`).toString('base64')}` },
  });

  expect([answer.statusCode, opened.commits() - commits]).toEqual([200, 1]);
  expect(answer.headers['tutti-warning']).toContain('And 2 more.');
  const alerts = await opened.store.db.selectFrom('alerts').select('alertText').execute();
  expect(alerts.map(({ alertText }) => /Nothing\d+/.exec(alertText)?.[0])).toEqual(
    names.slice(0, 10),
  );
});
