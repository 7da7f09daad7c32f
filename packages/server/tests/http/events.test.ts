import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type Json, type TestServer } from '../_server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Events about one resource, oldest first. */
async function eventsOf(resourceSid: string): Promise<Json[]> {
  const { body } = await server.request('GET', `/v1/Events?ResourceSid=${resourceSid}`);
  return body.events.toReversed();
}

test('the official client lists and fetches them', async () => {
  const { client, accountSid } = server;
  const { sid } = await client.applications.create({ friendlyName: 'Desk' });

  const [newest] = await client.monitor.v1.events.list({ limit: 1 });
  const fetched = await client.monitor.v1.events(newest?.sid ?? '').fetch();

  expect(fetched).toMatchObject({
    sid: expect.stringMatching(/^AE[0-9a-f]{32}$/),
    accountSid,
    actorSid: accountSid,
    actorType: 'account',
    eventType: 'application.created',
    resourceSid: sid,
    resourceType: 'application',
    source: 'api',
    sourceIpAddress: '127.0.0.1',
    eventData: { friendly_name: 'Desk' },
    url: `${server.url}/monitor/v1/Events/${newest?.sid}`,
  });
  expect(fetched.eventDate).toBeInstanceOf(Date);
});

describe('a change is kept of', () => {
  test('a webhook of a conversation', async () => {
    const { conversations } = server.client.conversations.v1;
    const { sid: conversationSid } = await conversations.create({});
    const { webhooks } = conversations(conversationSid);
    const { sid } = await webhooks.create({
      target: 'webhook',
      'configuration.url': 'http://me:hunter22@a.example/',
      'configuration.filters': ['onMessageAdded'],
    });
    await webhooks(sid).update({ 'configuration.method': 'get' });
    await webhooks(sid).remove();

    const events = await eventsOf(sid);

    expect(events.map(({ event_type: type }) => type)).toEqual([
      'conversation-webhook.created',
      'conversation-webhook.updated',
      'conversation-webhook.deleted',
    ]);
    expect(events[0].event_data).toMatchObject({
      conversation_sid: conversationSid,
      url: 'http://me:***@a.example/',
    });
    expect(events[1]).toMatchObject({
      actor_sid: server.accountSid,
      event_data: { method: { previous: 'POST', updated: 'GET' } },
    });
  });

  test('an application, with what was and what is, and no password of a URL', async () => {
    const { client } = server;
    const { sid } = await client.applications.create({ voiceUrl: 'http://me:hunter22@a.example' });
    await client.applications(sid).update({ voiceUrl: 'http://a.example/two?token=hunter33' });
    await client.applications(sid).update({ voiceUrl: 'http://a.example/two?token=hunter33' });
    await client.applications(sid).remove();

    const events = await eventsOf(sid);

    expect(events.map(({ event_type: type }) => type)).toEqual([
      'application.created',
      'application.updated',
      'application.deleted',
    ]);
    expect(events[1].event_data).toEqual({
      voice_url: {
        previous: 'http://me:***@a.example',
        updated: 'http://a.example/two?token=***',
      },
    });
    expect(JSON.stringify(events)).not.toMatch(/hunter\d\d/);
  });

  test('an API key, without its hash, and by an API key', async () => {
    const { client } = server;
    const { sid, secret } = await client.newKeys.create({ friendlyName: 'CI' });
    await client.keys(sid).update({ friendlyName: 'Deploy' });
    const made = await server.clientOf(sid, secret).applications.create({});
    await client.keys(sid).remove();

    const events = await eventsOf(sid);
    const [byKey] = await client.monitor.v1.events.list({ actorSid: sid });

    expect(events.map(({ event_type: type }) => type)).toEqual([
      'api-key.created',
      'api-key.updated',
      'api-key.deleted',
    ]);
    expect(events[0].event_data).toEqual({ friendly_name: 'CI', secret_hash: '***' });
    expect(byKey).toMatchObject({ resourceSid: made.sid, actorType: 'api-key' });
  });

  test('a number, a service, a Conductor, and the webhooks', async () => {
    const { client, accountSid } = server;
    const number = await client.incomingPhoneNumbers.create({ phoneNumber: '+15550104444' });
    await client.incomingPhoneNumbers(number.sid).update({ friendlyName: 'Desk' });
    await client.incomingPhoneNumbers(number.sid).remove();
    const service = await client.conversations.v1.services.create({ friendlyName: 'Second' });
    await client.conversations.v1.services(service.sid).remove();
    const conversation = await client.conversations.v1.conversations.create({});
    const path = `/v1/Conversations/${conversation.sid}/Conductors`;
    const { body: conductor } = await server.request('POST', path, {});
    await server.request('POST', `${path}/${conductor.sid}`, { FriendlyName: 'Bridge' });
    await client.conversations.v1.conversations(conversation.sid).update({ state: 'closed' });
    await client.conversations.v1.configuration.webhooks().update({ method: 'GET' });
    await server.request('POST', '/v1/Debugger/Webhook', { Url: 'http://a.example/' });

    const types = async (sid: string): Promise<string[]> =>
      (await eventsOf(sid)).map(({ event_type: type }) => type);
    expect(await types(number.sid)).toEqual([
      'phone-number.created',
      'phone-number.updated',
      'phone-number.deleted',
    ]);
    expect(await types(service.sid)).toEqual(['service.created', 'service.deleted']);
    expect(await types(conductor.sid)).toEqual([
      'conductor.created',
      'conductor.updated',
      'conductor.updated',
    ]);
    expect((await eventsOf(conductor.sid)).at(-1).event_data).toEqual({
      status: { previous: 'ready', updated: 'closed' },
    });
    expect((await types(accountSid)).slice(-2)).toEqual([
      'webhook-configuration.updated',
      'debugger-webhook.updated',
    ]);
  });

  test('an account and its tokens, which show nowhere, by its parent', async () => {
    const { client } = server;
    const sub = await client.api.v2010.accounts.create({ friendlyName: 'Sub' });
    await client.api.v2010.accounts(sub.sid).update({ friendlyName: 'Renamed' });
    const own = { credentials: `${sub.sid}:${sub.authToken}` };
    await server.request('POST', '/v1/AuthTokens/Secondary', {}, own);

    const { body } = await server.request(
      'GET',
      `/v1/Events?ResourceSid=${sub.sid}`,
      undefined,
      own,
    );
    const ofParent = await eventsOf(sub.sid);

    const [secondary, renamed, created] = body.events;
    expect(ofParent).toEqual([]);
    expect(created).toMatchObject({ event_type: 'account.created', actor_sid: server.accountSid });
    expect(renamed).toMatchObject({
      actor_sid: server.accountSid,
      event_data: { friendly_name: { previous: 'Sub', updated: 'Renamed' } },
    });
    expect(secondary).toMatchObject({
      actor_sid: sub.sid,
      event_data: { secondary_auth_token: { previous: null, updated: '***' } },
    });
    expect(JSON.stringify(body)).not.toContain(sub.authToken);
  });
});

test('what the server makes by itself has no actor and no address', async () => {
  const { body } = await server.request('GET', '/v1/Events?EventType=account.created');

  expect(body.events).toMatchObject([
    {
      actor_sid: null,
      actor_type: 'server',
      source: 'twilio',
      source_ip_address: null,
      event_data: { auth_token: '***' },
    },
  ]);
});

test('a change that is refused leaves none', async () => {
  const { body: before } = await server.request('GET', '/v1/Events?PageSize=1');

  await server.request('POST', `/2010-04-01/Accounts/${server.accountSid}/Applications.json`, {
    VoiceFallbackUrl: 'http://a.example/',
  });

  const { body: after } = await server.request('GET', '/v1/Events?PageSize=1');
  expect(after.events[0].sid).toBe(before.events[0].sid);
});

test('filters select, and pages lead to the last', async () => {
  const { client } = server;
  const all = await client.monitor.v1.events.list();
  const paged = await client.monitor.v1.events.list({ pageSize: 3 });
  const byType = await client.monitor.v1.events.list({ eventType: 'service.created' });
  const byAddress = await client.monitor.v1.events.list({ sourceIpAddress: '127.0.0.1' });
  const elsewhere = await client.monitor.v1.events.list({ sourceIpAddress: '192.0.2.1' });
  const earlier = await client.monitor.v1.events.list({ endDate: new Date(0) });
  const since = await client.monitor.v1.events.list({ startDate: new Date(0) });

  expect(paged.map(({ sid }) => sid)).toEqual(all.map(({ sid }) => sid));
  expect(byType.every(({ eventType }) => eventType === 'service.created')).toBe(true);
  expect(byType.length).toBeGreaterThan(0);
  expect(byAddress.length).toBeGreaterThan(5);
  expect(elsewhere).toEqual([]);
  expect(earlier).toEqual([]);
  expect(since).toHaveLength(all.length);
});

test('tutti sid knows one', async () => {
  const [event] = await server.client.monitor.v1.events.list({ limit: 1 });

  const { body } = await server.request('GET', `/v1/Sids/${event?.sid}`);
  const missing = await server.request('GET', `/v1/Events/AE${'12'.repeat(16)}`);

  expect(body).toMatchObject({
    found: true,
    state: event?.eventType,
    bound_to: { ResourceSid: event?.resourceSid },
  });
  expect(missing.body).toMatchObject({ code: 20_404, details: { expected: ['AE'] } });
});
