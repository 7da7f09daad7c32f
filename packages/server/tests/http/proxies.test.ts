import { FakeClock } from '@tutti/sip';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { startTestServer, type TestServer } from '../_server.ts';

async function start(trusted?: string, options: { clock?: FakeClock } = {}): Promise<TestServer> {
  const server = await startTestServer(
    trusted === undefined ? {} : { TUTTI_TRUSTED_PROXIES: trusted },
    options,
  );
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

const forwarded = {
  'X-Forwarded-For': '198.51.100.9, 203.0.113.7',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'tutti.example.com',
};

/** What a new conversation and the event of a new key tell of how the request came. */
async function seenBy(server: TestServer): Promise<unknown[]> {
  const { body: created } = await server.request(
    'POST',
    '/v1/Conversations',
    {},
    { headers: forwarded },
  );
  const { body: key } = await server.request(
    'POST',
    `/2010-04-01/Accounts/${server.accountSid}/Keys.json`,
    {},
    { headers: forwarded },
  );
  const { body } = await server.request('GET', `/monitor/v1/Events?ResourceSid=${key.sid}`);
  return [new URL(created.url).origin, body.events[0].source_ip_address];
}

test('a trusted proxy tells who asks, and for which URL', async () => {
  const server = await start('10.0.0.0/8,127.0.0.0/8');

  // The client's own word, left of what the proxy added, is not taken.
  expect(await seenBy(server)).toEqual(['https://tutti.example.com', '203.0.113.7']);
});

test('a chain of trusted proxies is followed to the first address that is none', async () => {
  const server = await start('127.0.0.1,203.0.113.0/24');

  expect(await seenBy(server)).toEqual(['https://tutti.example.com', '198.51.100.9']);
});

test.each([['10.0.0.0/8'], [undefined]])(
  'with %s trusted, nobody else forges an address or a URL',
  async (trusted) => {
    const server = await start(trusted);

    expect(await seenBy(server)).toEqual([server.url, '127.0.0.1']);
  },
);

test('what a proxy cannot mean is passed over', async () => {
  const server = await start('127.0.0.1');

  const { body } = await server.request(
    'POST',
    '/v1/Conversations',
    {},
    { headers: { 'X-Forwarded-Host': 'evil/"><script>', 'X-Forwarded-Proto': 'javascript' } },
  );

  expect(new URL(body.url).origin).toBe(server.url);
});

test('wrong credentials through a proxy are counted against the client that sent them', async () => {
  const server = await start('127.0.0.1', { clock: new FakeClock() });
  const guess = (client: string) =>
    server.request('GET', '/v1/Conversations', undefined, {
      credentials: `${server.accountSid}:wrong`,
      headers: { 'X-Forwarded-For': client },
    });
  for (let guesses = 0; guesses < 60; guesses += 1) await guess('203.0.113.7');

  const same = await guess('203.0.113.7');
  const other = await guess('203.0.113.8');

  expect([same.status, other.status]).toEqual([429, 401]);
});

test('proxies that are no networks keep the server from starting', () => {
  expect(readConfig({ TUTTI_TRUSTED_PROXIES: '10.0.0.0/8,proxy.lan' })).toEqual({
    ok: false,
    problems: [
      'TUTTI_TRUSTED_PROXIES=proxy.lan: expected networks and addresses, as 10.1.2.0/24,fd00::1',
    ],
  });
});
