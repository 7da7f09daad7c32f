import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startReceiver } from '../_receiver.ts';
import { refusalOf, startTestServer, type TestServer } from '../_server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const open = () => server.client.conversations.v1.conversations.create({});
const heard = { xTwilioWebhookEnabled: 'true' } as const;
const URL = 'https://example.com/hook';

describe('Webhooks of a conversation', () => {
  test('the official client creates, fetches, updates, lists and deletes one', async () => {
    const conversation = await open();
    const own = server.client.conversations.v1.conversations(conversation.sid).webhooks;

    const made = await own.create({
      target: 'webhook',
      'configuration.url': URL,
      'configuration.method': 'get',
      'configuration.filters': ['onMessageAdded', 'onCallUpdated'],
    });
    const fetched = await own(made.sid).fetch();
    const changed = await own(made.sid).update({ 'configuration.filters': ['onMessageRemoved'] });
    const listed = await own.list();
    await own(made.sid).remove();
    const gone = await refusalOf(own(made.sid).fetch());

    expect(made).toMatchObject({
      accountSid: server.accountSid,
      conversationSid: conversation.sid,
      target: 'webhook',
      configuration: { url: URL, method: 'get', filters: ['onMessageAdded', 'onCallUpdated'] },
      url: `${server.url}/conversations/v1/Conversations/${conversation.sid}/Webhooks/${made.sid}`,
    });
    expect(fetched.toJSON()).toEqual(made.toJSON());
    expect(changed.configuration).toEqual({
      url: URL,
      method: 'get',
      filters: ['onMessageRemoved'],
    });
    expect(listed.map(({ sid }) => sid)).toEqual([made.sid]);
    expect(gone).toMatchObject({ status: 404, code: 20404 });
  });

  const url = { 'Configuration.Url': URL };
  const whole = { ...url, Target: 'webhook', 'Configuration.Filters': 'onMessageAdded' };
  test.each([
    [{ ...url, 'Configuration.Filters': 'onMessageAdded' }, 50368, 'Target'],
    [{ ...whole, Target: 'studio' }, 50364, 'Studio'],
    [{ ...whole, Target: 'webhok' }, 50364, 'webhok'],
    [{ ...whole, 'Configuration.Url': '' }, 50369, 'Url'],
    [{ Target: 'webhook', 'Configuration.Filters': 'onMessageAdded' }, 50369, 'Url'],
    [{ ...whole, 'Configuration.Url': 'nowhere' }, 50372, 'nowhere'],
    [{ ...whole, 'Configuration.Url': `https://a.example/${'x'.repeat(512)}` }, 50372, '512'],
    [{ ...whole, 'Configuration.Method': 'PUT' }, 50055, 'PUT'],
    [{ ...url, Target: 'webhook' }, 50370, 'Filters'],
    [{ ...whole, 'Configuration.Filters': '' }, 50370, 'Filters'],
    [{ ...whole, 'Configuration.Filters': 'onMesageAdded' }, 50365, 'Did you mean onMessageAdded?'],
    [{ ...whole, 'Configuration.Filters': 'onMessageAdd' }, 50365, 'PreWebhookUrl'],
    [{ ...url, Target: 'trigger' }, 50371, 'Triggers'],
    [{ ...url, Target: 'trigger', 'Configuration.Triggers': 'abcdef'.split('') }, 50362, '5'],
    [{ ...url, Target: 'trigger', 'Configuration.Triggers': 'x'.repeat(249) }, 50366, '248'],
    [{ ...whole, 'Configuration.Triggers': 'help' }, 20001, 'Target=trigger'],
    [{ ...whole, 'Configuration.FlowSid': `FW${'1'.repeat(32)}` }, 75016, 'FlowSid'],
    [{ ...whole, 'Configuration.ReplayAfter': 'all' }, 20001, 'ReplayAfter'],
  ])('%j is refused with %i', async (form, code, words) => {
    const { sid } = await open();

    const { status, body } = await server.request(
      'POST',
      `/v1/Conversations/${sid}/Webhooks`,
      form,
    );

    expect([status, body.code]).toEqual([400, code]);
    expect(body.message).toContain(words);
    const { body: list } = await server.request('GET', `/v1/Conversations/${sid}/Webhooks`);
    expect(list.webhooks).toEqual([]);
  });

  test('a sixth is refused with 50361', async () => {
    const { sid } = await open();
    const path = `/v1/Conversations/${sid}/Webhooks`;
    for (let i = 0; i < 5; i += 1) await server.request('POST', path, whole);

    const { status, body } = await server.request('POST', path, whole);

    expect([status, body.code]).toEqual([400, 50361]);
  });

  test('it hears of the events that it names, signed, in order and only under the header', async () => {
    await using receiver = await startReceiver();
    const conversation = await open();
    const { v1 } = server.client.conversations;
    const own = v1.conversations(conversation.sid);
    await own.webhooks.create({
      target: 'webhook',
      'configuration.url': `${receiver.url}/hook?of=me`,
      'configuration.filters': ['onMessageAdded', 'onMessageUpdated', 'onConversationStateUpdated'],
    });

    await own.messages.create({ body: 'unheard' });
    const message = await own.messages.create({ ...heard, body: 'Grüße', author: 'ann' });
    await own.messages(message.sid).update({ ...heard, body: 'Hallo' });
    await own.participants.create({ ...heard, identity: 'ann' });
    await own.update({ ...heard, state: 'closed' });
    await server.settled();

    expect(receiver.events).toEqual([
      'onMessageAdded',
      'onMessageUpdated',
      'onConversationStateUpdated',
    ]);
    expect(receiver.received.every((one) => one.isSignedWith(server.authToken))).toBe(true);
    expect(receiver.received[0]).toMatchObject({
      method: 'POST',
      path: '/hook?of=me',
      parameters: {
        AccountSid: server.accountSid,
        ConversationSid: conversation.sid,
        MessageSid: message.sid,
        Index: '1',
        Body: 'Grüße',
        Author: 'ann',
        Source: 'API',
      },
    });
  });

  test('a GET carries the event in its query', async () => {
    await using receiver = await startReceiver();
    const { sid } = await open();
    const own = server.client.conversations.v1.conversations(sid);
    await own.webhooks.create({
      target: 'webhook',
      'configuration.url': receiver.url,
      'configuration.method': 'get',
      'configuration.filters': ['onParticipantAdded'],
    });

    await own.participants.create({ ...heard, identity: 'ann' });
    await server.settled();

    expect(receiver.received[0]).toMatchObject({
      method: 'GET',
      parameters: { EventType: 'onParticipantAdded', Identity: 'ann' },
    });
    expect(receiver.received[0]?.isSignedWith(server.authToken)).toBe(true);
  });

  test('a trigger hears of messages with one of its words only', async () => {
    await using receiver = await startReceiver();
    const { sid } = await open();
    const own = server.client.conversations.v1.conversations(sid);
    const made = await own.webhooks.create({
      target: 'trigger',
      'configuration.url': receiver.url,
      'configuration.triggers': ['help', 'agent please'],
    });

    await own.messages.create({ ...heard, body: 'hello' });
    await own.messages.create({ ...heard, body: 'I need HELP' });
    await server.settled();

    expect(made.configuration).toMatchObject({ triggers: ['help', 'agent please'] });
    expect(receiver.received.map(({ parameters }) => parameters['Body'])).toEqual(['I need HELP']);
  });

  test('ReplayAfter tells it of the messages behind that index when it is made', async () => {
    await using receiver = await startReceiver();
    const { sid } = await open();
    const own = server.client.conversations.v1.conversations(sid);
    for (const body of ['zero', 'one', 'two']) await own.messages.create({ body });

    await own.webhooks.create({
      target: 'webhook',
      'configuration.url': receiver.url,
      'configuration.filters': ['onMessageAdded'],
      'configuration.replayAfter': 0,
    });
    await server.settled();

    expect(receiver.events).toEqual(['onMessageAdded', 'onMessageAdded']);
    expect(receiver.received.map(({ parameters }) => parameters['Body'])).toEqual(['one', 'two']);
    expect(receiver.received.map(({ parameters }) => parameters['Index'])).toEqual(['1', '2']);
  });

  test('the twin path under the service answers with URLs of its own family', async () => {
    const { sid, chatServiceSid } = await open();
    const own = server.client.conversations.v1.services(chatServiceSid).conversations(sid);

    const made = await own.webhooks.create({
      target: 'webhook',
      'configuration.url': URL,
      'configuration.filters': ['onMessageAdded'],
    });

    expect(made).toMatchObject({
      chatServiceSid,
      url: `${server.url}/conversations/v1/Services/${chatServiceSid}/Conversations/${sid}/Webhooks/${made.sid}`,
    });
  });

  test('an update that names nothing is refused with 20161', async () => {
    const { sid } = await open();
    const path = `/v1/Conversations/${sid}/Webhooks`;
    const { body: made } = await server.request('POST', path, whole);

    const { status, body } = await server.request('POST', `${path}/${made.sid}`, {});

    expect([status, body.code]).toEqual([400, 20161]);
  });
});
