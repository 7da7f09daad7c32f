import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusalOf, startTestServer, type TestServer } from '../_server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('where requests arrive', () => {
  test('by prefix, by host name and by bare path it is the same resource', async () => {
    const { sid } = await server.client.conversations.v1.conversations.create({});
    const path = `/v1/Conversations/${sid}`;
    const byHost = (host: string) => server.request('GET', path, undefined, { headers: { host } });

    const prefixed = await server.request('GET', `/conversations${path}`);
    const bare = await server.request('GET', path);
    const hosted = await byHost('conversations.twilio.com');
    const regional = await byHost('conversations.dublin.ie1.twilio.com');

    expect(prefixed.body.url).toBe(`${server.url}/conversations${path}`);
    expect(bare.body.url).toBe(server.url + path);
    expect(hosted.body.url).toBe(`https://conversations.twilio.com${path}`);
    expect(regional.body.url).toBe(`https://conversations.dublin.ie1.twilio.com${path}`);
    expect(hosted.body.sid).toBe(sid);
  });

  test('under a name of Twilio, the page of an error of ours is still where the server is', async () => {
    const path = `/v1/Conductors/CN${'ab'.repeat(16)}`;

    const { body } = await server.request('GET', path, undefined, {
      headers: { host: 'conversations.twilio.com' },
    });

    expect(body.code).toBe(75001);
    expect(body.more_info).toBe(`${server.url}/docs/errors/75001`);
  });

  test('the 2010 API with and without .json, the monitor by its own words', async () => {
    const path = `/2010-04-01/Accounts/${server.accountSid}`;

    const answers = await Promise.all([
      server.request('GET', `${path}.json`),
      server.request('GET', path),
      server.request('GET', `/api${path}.json?a=b`),
      server.request('GET', `${path}.json`, undefined, { headers: { host: 'api.twilio.com' } }),
    ]);
    const alerts = await server.request('GET', '/v1/Alerts');

    for (const { status, body } of answers)
      expect([status, body.sid]).toEqual([200, server.accountSid]);
    expect(alerts.body.meta.key).toBe('alerts');
  });

  test('every answer names its request', async () => {
    const answers = await Promise.all([
      server.request('GET', '/v1/Conversations'),
      server.request('PUT', '/v1/Conversations'),
      server.request('GET', '/v1/Nothing'),
      server.request('GET', '/v1/Conversations', undefined, { credentials: null }),
    ]);

    for (const { headers } of answers) {
      expect(headers['twilio-request-id']).toMatch(/^RQ[0-9a-f]{32}$/);
      expect(headers['twilio-request-duration']).toMatch(/^\d+\.\d{3}$/);
    }
  });

  test('a path that nobody serves is 20404', async () => {
    const { status, body } = await server.request('GET', '/v1/Nothing');

    expect([status, body.code, body.status]).toEqual([404, 20404, 404]);
    expect(body.message).toContain('/v1/Nothing');
    expect(body.more_info).toBe('https://www.twilio.com/docs/errors/20404');
  });

  test.each(['PUT', 'PATCH', 'OPTIONS'])('%s is 405 with 20004', async (method) => {
    const { status, body } = await server.request(method, '/v1/Conversations');

    expect([status, body.code]).toEqual([405, 20004]);
    expect(body.message).toContain(method);
  });

  test('DELETE of a list is 405 with 20004', async () => {
    const { status, body } = await server.request('DELETE', '/v1/Conversations');

    expect([status, body.code]).toEqual([405, 20004]);
  });
});

describe('credentials', () => {
  const get = (credentials: string | null) =>
    server.request('GET', '/v1/Conversations', undefined, { credentials });

  test('the auth token and an API key open the API', async () => {
    const key = await server.client.newKeys.create({});

    expect((await get(`${server.accountSid}:${server.authToken}`)).status).toBe(200);
    expect((await get(`${key.sid}:${key.secret}`)).status).toBe(200);
  });

  test.each([
    ['none', null, 'no credentials'],
    ['another auth token', () => `${server.accountSid}:wrong`, 'another'],
    ['no password', () => server.accountSid, 'another'],
    ['an unknown account', () => `AC${'12'.repeat(16)}:${server.authToken}`, 'no account'],
    ['an unknown key', () => `SK${'12'.repeat(16)}:secret`, 'no API key'],
    ['an Application SID', () => `AP${'12'.repeat(16)}:secret`, 'Application'],
    ['a user name', () => 'admin:admin', 'AC…'],
    ['nothing', () => ':', 'AC…'],
  ])('%s is 401 with 20003', async (_, credentials, words) => {
    const { status, body, headers } = await get(credentials === null ? null : credentials());

    expect([status, body.code]).toEqual([401, 20003]);
    expect(headers['www-authenticate']).toBe('Basic realm="Twilio API"');
    expect(body.message).toContain(words);
    expect(body.message).not.toContain(server.authToken);
  });

  test.each(['Bearer abc', 'Basic', 'Basic ***'])('%j is 401', async (authorization) => {
    const { status, body } = await server.request('GET', '/v1/Conversations', undefined, {
      credentials: null,
      headers: { authorization },
    });

    expect([status, body.code]).toEqual([401, 20003]);
  });

  test('a wrong secret of a key is 401', async () => {
    const key = await server.client.newKeys.create({});

    const { status, body } = await get(`${key.sid}:${'0'.repeat(32)}`);

    expect([status, body.code]).toEqual([401, 20003]);
  });

  test.each([`AC${'12'.repeat(16)}`, `AP${'12'.repeat(16)}`])(
    'another account in the path, %s, is 401',
    async (sid) => {
      const { status, body } = await server.request(
        'GET',
        `/2010-04-01/Accounts/${sid}/Applications.json`,
      );

      expect([status, body.code]).toEqual([401, 20003]);
      expect(body.message).toContain(sid);
      expect(body.message).toContain(sid.startsWith('AP') ? 'Application' : 'credentials');
    },
  );

  test('nothing is told without credentials, not even which paths there are', async () => {
    const { status } = await server.request('GET', '/v1/Nothing', undefined, { credentials: null });

    expect(status).toBe(401);
  });
});

describe('a body that cannot be read', () => {
  const post = (body: string | Buffer, type = 'application/x-www-form-urlencoded') =>
    server.request('POST', '/v1/Conversations', undefined, {
      body,
      headers: { 'content-type': type },
    });

  test.each([
    ['half a percent sign', 'FriendlyName=100%'],
    ['a percent sign before letters', 'FriendlyName=%zz'],
    ['NUL', 'FriendlyName=a%00b'],
    ['NUL in a name', 'Friendly%00Name=a'],
    ['bytes that are no UTF-8', 'FriendlyName=%ff%fe'],
    ['a lone surrogate', 'FriendlyName=%ed%a0%80'],
    ['too many parameters', Array.from({ length: 1001 }, (_, i) => `a${i}=1`).join('&')],
    ['too many values of one', 'a=1&'.repeat(1001)],
    ['too many parameters behind empty ones', `${'&'.repeat(2000)}${'a=1&'.repeat(1001)}`],
    ['bytes that are no UTF-8 beside a replacement character', 'a=%EF%BF%BD&FriendlyName=%FF'],
    ['bytes that are no UTF-8 in a name', 'FriendlyName=a&%FF=%EF%BF%BD'],
  ])('%s is 20001', async (_, text) => {
    const { status, body } = await post(text);

    expect([status, body.code]).toEqual([400, 20001]);
  });

  test('raw bytes that are no UTF-8 are 20001', async () => {
    const { status, body } = await post(Buffer.from('FriendlyName=\u00ff\u00fe', 'latin1'));

    expect([status, body.code]).toEqual([400, 20001]);
  });

  test('the replacement character itself is a character like others', async () => {
    const { status, body } = await post('FriendlyName=%EF%BF%BD');

    expect([status, body.friendly_name]).toEqual([201, '\uFFFD']);
  });

  test('nothing between ampersands is no parameter, however often', async () => {
    const { status, body } = await post(`${'&'.repeat(2000)}FriendlyName=behind`);

    expect([status, body.friendly_name]).toEqual([201, 'behind']);
  });

  test('plus is a blank, and the last of several values counts', async () => {
    const { body } = await post('FriendlyName=a&FriendlyName=b+c%2Bd');

    expect(body.friendly_name).toBe('b c+d');
  });

  test('10 MB are 413 with 20413', async () => {
    const { status, body } = await post(`FriendlyName=${'x'.repeat(10_000_000)}`);

    expect([status, body.code]).toEqual([413, 20413]);
    expect(body.message).toContain('262144');
  });

  test.each(['application/json', 'text/xml', 'multipart/form-data; boundary=x'])(
    '%s is 415 with 20415',
    async (type) => {
      const { status, body } = await post('{"FriendlyName":"a"}', type);

      expect([status, body.code]).toEqual([415, 20415]);
      expect(body.message).toContain('application/x-www-form-urlencoded');
    },
  );

  test('none at all is an empty form', async () => {
    const { status } = await server.request('POST', '/v1/Conversations');

    expect(status).toBe(201);
  });

  test('the server serves on after all of that', async () => {
    expect((await server.request('GET', '/v1/Conversations')).status).toBe(200);
  });
});

describe('a path that cannot be read', () => {
  test.each([
    ['half a percent sign', '/v1/Conversations/%zz'],
    ['a byte that is no UTF-8', '/v1/Conversations/%ff'],
    ['NUL', '/v1/Conversations/a%00b'],
    ['an endless segment', `/v1/Conversations/${'x'.repeat(2000)}`],
    ['a way up', '/v1/Conversations/..%2f..%2fetc'],
    ['two slashes', '//v1/Conversations'],
    ['a product alone', '/conversations'],
  ])('%s is 404 with JSON', async (_, path) => {
    const { status, body } = await server.request('GET', path);

    expect([status, body.code]).toEqual([404, 20404]);
  });

  test('what is no HTTP is told so', async () => {
    const { hostname, port } = new URL(server.url);
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write('NONSENSE\r\n\r\n'));
      let received = '';
      socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
      socket.on('error', reject);
      socket.on('close', () => resolve(received));
    });

    expect(text).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('a parameter that nobody reads', () => {
  const form = { FreindlyName: 'a', FriendlyName: 'b' };

  test('is done, with a Tutti-Warning header and a warning alert 75010', async () => {
    const { status, headers, body } = await server.request('POST', '/v1/Conversations', form);

    const [alert] = await server.alerts();
    expect([status, body.friendly_name]).toEqual([201, 'b']);
    expect(headers['tutti-warning']).toContain('75010');
    expect(headers['tutti-warning']).toContain('Did you mean FriendlyName?');
    expect(alert).toMatchObject({
      error_code: '75010',
      log_level: 'warning',
      request_method: 'POST',
      more_info: `${server.url}/docs/errors/75010`,
    });
  });

  test('is refused under Tutti-Strict, and nothing is done', async () => {
    const before = await server.client.conversations.v1.conversations.list();

    const { status, body } = await server.request('POST', '/v1/Conversations', form, {
      headers: { 'tutti-strict': 'true' },
    });

    const after = await server.client.conversations.v1.conversations.list();
    expect([status, body.code]).toEqual([400, 75010]);
    expect(after).toHaveLength(before.length);
  });

  test('is refused in strict mode', async () => {
    await using strict = await startTestServer({ TUTTI_STRICT: 'true' });

    const { body } = await strict.request('POST', '/v1/Conversations', form);
    const list = await strict.request('GET', '/v1/Conversations?PageSize=1&Page=0');

    expect(body.code).toBe(75010);
    expect(list.status).toBe(200);
  });

  test('is told also when an object has a member of that name', async () => {
    const { headers } = await server.request('POST', '/v1/Conversations', {
      constructor: 'a',
      __proto__: 'b',
    });

    expect(headers['tutti-warning']).toContain('constructor');
  });

  test('in a query is told too', async () => {
    const { headers } = await server.request('GET', '/v1/Conversations?Stat=active&PageSize=5');

    expect(headers['tutti-warning']).toContain('Did you mean State?');
  });

  test('in the query of a POST is told, and where to put it', async () => {
    const { headers, body } = await server.request('POST', '/v1/Conversations?FriendlyName=a', {});

    expect(body.friendly_name).toBeNull();
    expect(headers['tutti-warning']).toContain('a POST takes it in the form');
  });

  test('is told where an operation takes none, but for those of a page', async () => {
    const { sid } = await server.client.conversations.v1.conversations.create({});
    const path = `/v1/Conversations/${sid}`;

    const fetched = await server.request('GET', `${path}?Expand=true`);
    const removed = await server.request('DELETE', `${path}?Hard=true`);
    const listed = await server.request('GET', '/v1/Services?PageSize=5&Page=0');

    expect(fetched.headers['tutti-warning']).toContain('Expand');
    expect(removed.headers['tutti-warning']).toContain('Hard');
    expect(listed.headers['tutti-warning']).toBeUndefined();
  });

  test('voiceBinding, dropped in silence by the official client, is named when it is sent', async () => {
    const { sid } = await server.client.conversations.v1.conversations.create({});

    const { headers } = await server.request('POST', `/v1/Conversations/${sid}/Participants`, {
      Identity: 'ann',
      'VoiceBinding.ConductorsSid': `CN${'12'.repeat(16)}`,
    });

    expect(headers['tutti-warning']).toContain('Did you mean VoiceBinding.ConductorSid?');
  });
});

describe('Alerts', () => {
  test('the official client lists and fetches them', async () => {
    const { client } = server;
    const missing = `CH${'34'.repeat(16)}`;
    await refusalOf(client.conversations.v1.conversations(missing).fetch());

    const [newest] = await client.monitor.v1.alerts.list({ limit: 1 });
    const fetched = await client.monitor.v1.alerts(newest?.sid ?? '').fetch();

    expect(newest).toMatchObject({
      accountSid: server.accountSid,
      resourceSid: missing,
      errorCode: '20404',
      logLevel: 'error',
      moreInfo: 'https://www.twilio.com/docs/errors/20404',
      requestMethod: 'GET',
      requestUrl: `${server.url}/conversations/v1/Conversations/${missing}`,
      url: `${server.url}/monitor/v1/Alerts/${newest?.sid}`,
    });
    expect(newest?.alertText).toContain('was not found');
    expect(fetched).toMatchObject({
      sid: newest?.sid,
      requestVariables: '',
      responseHeaders: expect.stringContaining('content-type=application%2Fjson'),
    });
    expect(JSON.parse(fetched.responseBody)).toMatchObject({ code: 20_404, status: 404 });
    const headers = Object.fromEntries(new URLSearchParams(fetched.requestHeaders));
    expect(headers).toMatchObject({ authorization: '***', host: server.url.slice(7) });
  });

  test('one about a POST keeps what was sent', async () => {
    const conversation = await server.client.conversations.v1.conversations.create({});
    const form = { Identity: 'ann', 'VoiceBinding.ConductorSid': conversation.sid };
    await server.request('POST', `/v1/Conversations/${conversation.sid}/Participants`, form);
    const [newest] = await server.alerts();

    const { body } = await server.request('GET', `/v1/Alerts/${newest.sid}`);

    expect(body.request_variables).toBe(new URLSearchParams(form).toString());
  });

  test('LogLevel, StartDate and EndDate select', async () => {
    await server.request('POST', '/v1/Conversations', { Nobody: 'reads this' });
    await server.request('GET', `/v1/Conversations/CH${'56'.repeat(16)}`);
    const { alerts } = server.client.monitor.v1;
    const day = 86_400_000;
    const now = Date.now();

    const warnings = await alerts.list({ logLevel: 'warning' });
    const today = await alerts.list({
      startDate: new Date(now - day),
      endDate: new Date(now + day),
    });
    const untilNow = await alerts.list({ endDate: new Date() });
    const earlier = await alerts.list({ endDate: new Date(now - day) });
    const thisDay = await server.request(
      'GET',
      `/v1/Alerts?EndDate=${new Date(now).toISOString().slice(0, 10)}`,
    );

    expect(new Set(warnings.map(({ logLevel }) => logLevel))).toEqual(new Set(['warning']));
    expect(today.length).toBeGreaterThan(warnings.length);
    expect(untilNow).toHaveLength(today.length);
    expect(earlier).toEqual([]);
    expect(thisDay.body.alerts.length).toBeGreaterThan(0);
  });

  test.each(['LogLevel=loud', 'StartDate=soon', 'StartDate=2026-01-02&EndDate=2026-01-01'])(
    '%s is refused with 20001',
    async (query) => {
      const { status, body } = await server.request('GET', `/v1/Alerts?${query}`);

      expect([status, body.code]).toEqual([400, 20001]);
    },
  );

  test('a SID of another kind is told for what it is', async () => {
    const { status, body } = await server.request('GET', `/v1/Alerts/CA${'12'.repeat(16)}`);

    expect([status, body.code]).toEqual([404, 20404]);
    expect(body.message).toContain('Call');
  });
});
