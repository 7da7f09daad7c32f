import { describe, expect, it, vi } from 'vitest';
import { Authenticator } from '../../src/http/auth.ts';
import { json, startReceiver } from '../_receiver.ts';
import { startTestServer, type TestServer } from '../_server.ts';
import { SettableClock } from '../_settable-clock.ts';
import { open, sqlite } from '../store/_engines.ts';

const HOUR_MS = 3_600_000;
const TICK_MS = 5000;
const told = { headers: { 'x-twilio-webhook-enabled': 'true' } };

async function stateOf(server: TestServer, sid: string): Promise<string> {
  return (await server.request('GET', `/v1/Conversations/${sid}`)).body.state;
}

describe.for([5, -5])('A clock that is set by %i hours', (hours) => {
  it('in the middle of a request changes nothing of how long it and its webhooks took', async () => {
    const clock = new SettableClock();
    await using server = await startTestServer({}, { clock });
    await using receiver = await startReceiver((received, response) => {
      clock.set(hours * HOUR_MS);
      json({})(received, response);
    });
    await server.request('POST', '/v1/Configuration/Webhooks', {
      PreWebhookUrl: receiver.url,
      PostWebhookUrl: receiver.url,
      Filters: ['onMessageAdd', 'onMessageAdded'],
    });
    const { body: conversation } = await server.request('POST', '/v1/Conversations', {});
    const path = `/v1/Conversations/${conversation.sid}/Messages`;

    const added = await server.request('POST', path, { Body: 'one' }, told);
    await server.settled();

    expect(added.status).toBe(201);
    expect(added.headers['twilio-request-duration']).toBe('0.000');
    expect(receiver.events).toEqual(['onMessageAdd', 'onMessageAdded']);
    const { body } = await server.request('GET', '/v1/Deliveries');
    expect(body.deliveries).toMatchObject([{ status_code: 200, duration_ms: 0 }]);
  });

  it('leaves credentials remembered for a second', async () => {
    const clock = new SettableClock();
    await using opened = await open(sqlite);
    const { sid, authToken } = await opened.account();
    const header = `Basic ${Buffer.from(`${sid}:${authToken}`).toString('base64')}`;
    const authenticator = new Authenticator(opened.context.db, clock);
    await authenticator.authenticate(header);

    clock.set(hours * HOUR_MS);

    expect(authenticator.remembered(header)?.account.sid).toBe(sid);
    clock.advance(1000);
    expect(authenticator.remembered(header)).toBeUndefined();
  });

  it('leaves lists in the order in which things were made', async () => {
    const clock = new SettableClock();
    await using server = await startTestServer({}, { clock });
    const conversations: string[] = [];
    for (const _ of [1, 2, 3]) {
      conversations.unshift((await server.request('POST', '/v1/Conversations', {})).body.sid);
      clock.set(hours * HOUR_MS);
    }
    const path = `/v1/Conversations/${conversations[0]}/Messages`;
    for (const Body of ['0', '1', '2']) {
      await server.request('POST', path, { Body });
      clock.set(hours * HOUR_MS);
    }

    const first = await server.request('GET', '/v1/Conversations?PageSize=2');
    const next = new URL(first.body.meta.next_page_url);
    const second = await server.request('GET', next.pathname + next.search);
    const { messages } = (await server.request('GET', path)).body;

    const listed = [...first.body.conversations, ...second.body.conversations];
    expect(listed.map(({ sid }) => sid)).toEqual(conversations);
    expect(messages.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2]);
  });
});

describe('The timer of a conversation', () => {
  it('runs out as soon as the clock is set past it, and not before the clock has reached it', async () => {
    const clock = new SettableClock();
    await using server = await startTestServer({}, { clock });
    const { body } = await server.request('POST', '/v1/Conversations', {
      State: 'active',
      'Timers.Inactive': 'PT1M',
    });

    clock.set(-HOUR_MS);
    clock.advance(2 * 60_000);
    await server.settled();
    const before = await stateOf(server, body.sid);
    clock.set(HOUR_MS);
    clock.advance(TICK_MS);

    expect(before).toBe('active');
    await vi.waitFor(async () => expect(await stateOf(server, body.sid)).toBe('inactive'), 5000);
  });
});
