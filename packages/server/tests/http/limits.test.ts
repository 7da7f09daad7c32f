import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { FakeClock } from '@tutti/sip';
import twilio from 'twilio';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startReceiver } from '../_receiver.ts';
import { startTestServer, type Answer, type TestServer } from '../_server.ts';

async function start(
  env: Readonly<Record<string, string>>,
  clock?: FakeClock,
): Promise<TestServer> {
  const server = await startTestServer(env, clock === undefined ? {} : { clock });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

interface Held {
  /** Resolves with the answer once `release` was called. */
  readonly answer: Promise<Answer>;
  release(): void;
}

/** A request that is under way: its pre-event webhook waits. */
async function holdRequest(server: TestServer): Promise<Held> {
  let asked: (response: ServerResponse) => void = () => undefined;
  const waiting = new Promise<ServerResponse>((resolve) => {
    asked = resolve;
  });
  const receiver = await startReceiver((_, response) => asked(response));
  onTestFinished(() => receiver[Symbol.asyncDispose]());
  await server.request('POST', '/v1/Configuration/Webhooks', {
    PreWebhookUrl: receiver.url,
    Filters: 'onConversationAdd',
  });
  const answer = server.request(
    'POST',
    '/v1/Conversations',
    { FriendlyName: 'held' },
    { headers: { 'x-twilio-webhook-enabled': 'true' } },
  );
  const response = await waiting;
  return { answer, release: () => response.end() };
}

const list = (server: TestServer, credentials?: string) =>
  server.request(
    'GET',
    '/v1/Conversations',
    undefined,
    credentials === undefined ? {} : { credentials },
  );

describe('requests of one account at once', () => {
  test('are counted in each answer', async () => {
    const server = await start({});
    const held = await holdRequest(server);

    const beside = await list(server);
    held.release();
    await held.answer;
    const alone = await list(server);

    expect(beside.headers['twilio-concurrent-requests']).toBe('2');
    expect(alone.headers['twilio-concurrent-requests']).toBe('1');
  });

  test('beyond the limit are refused until some are answered', async () => {
    const server = await start({ TUTTI_CONCURRENT_REQUESTS: '1' });
    const held = await holdRequest(server);

    const refused = await server.request('POST', '/v1/Conversations', { FriendlyName: 'refused' });
    held.release();
    const answered = await held.answer;
    const { body } = await list(server);

    expect([refused.status, refused.body.code, refused.headers['retry-after']]).toEqual([
      429,
      20429,
      '1',
    ]);
    expect(refused.body.message).toMatch(/has 1 requests under way, and 1 are taken at once/);
    expect(answered.status).toBe(201);
    expect(body.conversations.map((each: { friendly_name: string }) => each.friendly_name)).toEqual(
      ['held'],
    );
  });

  test('are sent again by the official client that retries', async () => {
    const server = await start({ TUTTI_CONCURRENT_REQUESTS: '1' });
    const held = await holdRequest(server);
    const { accountSid, authToken } = server;
    const client = twilio(accountSid, authToken, { autoRetry: true, maxRetries: 50 });
    client.conversations.baseUrl = `${server.url}/conversations`;

    const made = client.conversations.v1.conversations.create({ friendlyName: 'retried' });
    await vi.waitFor(async () => {
      const { body } = await server.request('GET', '/metrics');
      expect(body).toMatch(/^tutti_http_refused_total\{reason="concurrency"\} [1-9]/m);
    });
    held.release();
    await held.answer;

    expect((await made).friendlyName).toBe('retried');
  });

  test('do not count once their client has gone in the middle of them', async () => {
    const server = await start({ TUTTI_CONCURRENT_REQUESTS: '1' });
    const credentials = Buffer.from(`${server.accountSid}:${server.authToken}`).toString('base64');
    const { hostname, port } = new URL(server.url);
    const underWay = async () =>
      /^tutti_http_requests_under_way (\d+)$/m.exec(
        (await server.request('GET', '/metrics')).body,
      )?.[1];

    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /v1/Conversations HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ${credentials}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nFriendlyName=`,
    );
    await vi.waitFor(async () => expect(await underWay()).toBe('1'));
    socket.destroy();

    await vi.waitFor(async () => expect(await underWay()).toBe('0'));
    expect((await list(server)).status).toBe(200);
  });
});

describe('requests of one account in a second', () => {
  test('are as many as are allowed; then Retry-After says when', async () => {
    const clock = new FakeClock();
    const server = await start({ TUTTI_REQUESTS_PER_SECOND: '2' }, clock);

    const burst = [await list(server), await list(server), await list(server)];
    clock.advance(500);
    const later = [await list(server), await list(server)];

    expect(burst.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(burst[2]?.headers['retry-after']).toBe('1');
    expect(burst[2]?.body.message).toContain('TUTTI_REQUESTS_PER_SECOND');
    expect(later.map(({ status }) => status)).toEqual([200, 429]);
  });
});

describe('wrong credentials', () => {
  test('of one address are not looked at after many, and those that worked before still are', async () => {
    const clock = new FakeClock();
    const server = await start({}, clock);
    const right = `${server.accountSid}:${server.authToken}`;
    const key = await server.client.newKeys.create({});
    expect((await list(server, right)).status).toBe(200);

    const statuses: number[] = [];
    for (let guess = 0; guess < 61; guess += 1) {
      statuses.push((await list(server, `${server.accountSid}:guess${guess}`)).status);
    }
    // Long enough for what was seen before to be forgotten, and for a guess to be forgiven.
    clock.advance(1000);
    const known = await list(server, right);
    const guessed = await list(server, `${server.accountSid}:one more`);
    const refused = await list(server, `${key.sid}:${key.secret}`);
    clock.advance(1000);
    const forgiven = await list(server, `${key.sid}:${key.secret}`);

    expect(statuses.slice(0, 60)).toEqual(Array.from({ length: 60 }, () => 401));
    expect(statuses[60]).toBe(429);
    expect(known.status).toBe(200);
    expect(guessed.status).toBe(401);
    expect([refused.status, refused.body.code, refused.headers['retry-after']]).toEqual([
      429,
      20429,
      '1',
    ]);
    expect(refused.body.message).toContain('127.0.0.1');
    expect(forgiven.status).toBe(200);
  });

  test('after many, none are looked at that worked before credentials changed', async () => {
    const clock = new FakeClock();
    const server = await start({}, clock);
    const right = `${server.accountSid}:${server.authToken}`;
    const key = await server.client.newKeys.create({});
    for (let guess = 0; guess < 60; guess += 1) {
      await list(server, `${server.accountSid}:guess${guess}`);
    }
    const known = await list(server, right);

    await server.client.keys(key.sid).remove();
    const unknown = await list(server, right);

    expect([known.status, unknown.status]).toEqual([200, 429]);
  });

  test('that are none are told so however often they come', async () => {
    const server = await start({});

    const answers = await Promise.all(
      Array.from({ length: 100 }, () =>
        server.request('GET', '/v1/Conversations', undefined, { credentials: null }),
      ),
    );

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
  });
});
