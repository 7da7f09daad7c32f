import { describe, expect, test } from 'vitest';
import { systemClock, type Clock } from '../../src/base/clock.ts';
import { closedUrl, json, startReceiver, status, type Receiver } from '../_receiver.ts';
import { refusalOf, startTestServer, type TestServer } from '../_server.ts';

const heard = { xTwilioWebhookEnabled: 'true' } as const;

describe('the webhook configuration of an account', () => {
  test('is empty at first, and is set by the official client', async () => {
    await using server = await startTestServer();
    const { webhooks } = server.client.conversations.v1.configuration;

    const empty = await webhooks().fetch();
    const set = await webhooks().update({
      preWebhookUrl: 'https://example.com/pre',
      postWebhookUrl: 'https://example.com/post',
      method: 'GET',
      filters: ['onMessageAdd', 'onMessageAdded', 'onConductorAdded'],
      target: 'webhook',
    });
    const cleared = await webhooks().update({ preWebhookUrl: '', filters: [''] });

    expect(empty).toMatchObject({
      accountSid: server.accountSid,
      method: 'POST',
      filters: [],
      preWebhookUrl: null,
      postWebhookUrl: null,
      target: 'webhook',
      url: `${server.url}/conversations/v1/Configuration/Webhooks`,
    });
    expect(set).toMatchObject({
      preWebhookUrl: 'https://example.com/pre',
      postWebhookUrl: 'https://example.com/post',
      method: 'GET',
      filters: ['onMessageAdd', 'onMessageAdded', 'onConductorAdded'],
    });
    expect(cleared).toMatchObject({
      preWebhookUrl: null,
      postWebhookUrl: 'https://example.com/post',
      filters: [],
    });
  });

  test.each([
    [{ PreWebhookUrl: 'nowhere' }, 50077, 'nowhere'],
    [{ PostWebhookUrl: 'mailto:me' }, 50078, 'mailto:'],
    [{ Method: 'PUT' }, 50055, 'PUT'],
    [{ Filters: ['onMessageAdded', 'onMessageSend'] }, 50365, 'onMessageSend'],
    [{ Target: 'flex' }, 75016, 'Flex'],
    [{}, 20161, 'PreWebhookUrl'],
  ])('%j is refused with %i', async (form, code, words) => {
    await using server = await startTestServer();

    const { status, body } = await server.request('POST', '/v1/Configuration/Webhooks', form);

    expect([status, body.code]).toEqual([400, code]);
    expect(body.message).toContain(words);
  });
});

describe('the webhook configuration of a service', () => {
  test('is all null until it is set', async () => {
    await using server = await startTestServer();
    const service = await server.client.conversations.v1.services.create({ friendlyName: 'B' });
    const path = `/v1/Services/${service.sid}/Configuration/Webhooks`;

    const empty = await server.request('GET', path);
    const set = await server.request('POST', path, { PostWebhookUrl: 'https://example.com/post' });

    expect(empty.body).toEqual({
      account_sid: server.accountSid,
      chat_service_sid: service.sid,
      pre_webhook_url: null,
      post_webhook_url: null,
      filters: null,
      method: null,
      url: server.url + path,
    });
    expect(set.body).toMatchObject({
      post_webhook_url: 'https://example.com/post',
      filters: [],
      method: 'POST',
    });
  });

  test('replaces that of the account once one of its URLs is set', async () => {
    await using ofAccount = await startReceiver();
    await using ofService = await startReceiver();
    await using server = await startTestServer();
    const { v1 } = server.client.conversations;
    const service = await v1.services.create({ friendlyName: 'B' });
    const configuration = v1.services(service.sid).configuration.webhooks();
    await v1.configuration.webhooks().update({
      postWebhookUrl: ofAccount.url,
      filters: ['onConversationAdded'],
    });

    await configuration.update({ filters: ['onConversationAdded'] });
    await v1.services(service.sid).conversations.create({ ...heard });
    await configuration.update({ postWebhookUrl: ofService.url });
    await v1.services(service.sid).conversations.create({ ...heard });
    await v1.conversations.create({ ...heard });
    await server.settled();

    expect(ofAccount.events).toEqual(['onConversationAdded', 'onConversationAdded']);
    expect(ofService.events).toEqual(['onConversationAdded']);
    expect(ofService.received[0]?.parameters['ChatServiceSid']).toBe(service.sid);
  });
});

describe('the post-event webhook', () => {
  test('that fails undoes nothing, and raises 50057 without the password of its URL', async () => {
    await using receiver = await startReceiver(status(403));
    await using server = await startTestServer();
    const { configuration, conversations } = server.client.conversations.v1;
    const postWebhookUrl = receiver.url.replace('http://', 'http://me:secret@');
    await configuration.webhooks().update({ postWebhookUrl, filters: ['onConversationAdded'] });

    const made = await conversations.create({ ...heard });
    await server.settled();

    const [alert] = await server.alerts();
    expect(await conversations(made.sid).fetch()).toMatchObject({ sid: made.sid });
    expect(alert).toMatchObject({ error_code: '50057', resource_sid: made.sid });
    expect(alert.alert_text).toContain('403');
    expect(JSON.stringify(alert)).not.toContain('secret');
  });

  test('hears that a conversation closed, and its Conductors with it', async () => {
    await using receiver = await startReceiver();
    await using server = await startTestServer();
    const { configuration, conversations } = server.client.conversations.v1;
    await configuration.webhooks().update({
      postWebhookUrl: receiver.url,
      filters: ['onConversationStateUpdated', 'onConductorUpdated'],
    });
    const { sid } = await conversations.create({});
    await server.request('POST', `/v1/Conversations/${sid}/Conductors`, {});

    await conversations(sid).update({ ...heard, state: 'closed' });
    await server.settled();

    expect(receiver.events).toEqual(['onConversationStateUpdated', 'onConductorUpdated']);
    expect(receiver.received[1]?.parameters).toMatchObject({ Status: 'closed' });
    expect(receiver.received[0]?.parameters).toMatchObject({
      StateFrom: 'active',
      StateTo: 'closed',
      Reason: 'API',
    });
  });
});

const preEvents = [
  'onConversationAdd',
  'onConversationUpdate',
  'onConversationRemove',
  'onMessageAdd',
  'onMessageUpdate',
  'onMessageRemove',
  'onParticipantAdd',
  'onParticipantUpdate',
  'onParticipantRemove',
];

/** Lets the receiver be asked about every change. */
async function askBefore(server: TestServer, { url }: Pick<Receiver, 'url'>): Promise<void> {
  await server.client.conversations.v1.configuration
    .webhooks()
    .update({ preWebhookUrl: url, filters: preEvents });
}

describe('the pre-event webhook', () => {
  test('is asked before every change, signed, with what would become', async () => {
    await using receiver = await startReceiver();
    await using server = await startTestServer();
    await askBefore(server, receiver);
    const { conversations } = server.client.conversations.v1;

    const conversation = await conversations.create({ ...heard, friendlyName: 'First' });
    const own = conversations(conversation.sid);
    await own.update({ ...heard, friendlyName: 'Second' });
    const message = await own.messages.create({ ...heard, body: 'hi', author: 'ann' });
    await own.messages(message.sid).update({ ...heard, body: 'ho' });
    await own.messages(message.sid).remove({ ...heard });
    const participant = await own.participants.create({ ...heard, identity: 'ann' });
    await own.participants(participant.sid).update({ ...heard, attributes: '{"a":1}' });
    await own.participants(participant.sid).remove({ ...heard });
    await own.remove({ ...heard });

    const asked = receiver.received.map(({ parameters }) => parameters);
    expect(receiver.received.every((one) => one.isSignedWith(server.authToken))).toBe(true);
    expect(asked).toMatchObject([
      { EventType: 'onConversationAdd', FriendlyName: 'First', State: 'active', Source: 'API' },
      { EventType: 'onConversationUpdate', FriendlyName: 'Second' },
      { EventType: 'onMessageAdd', Body: 'hi', Author: 'ann', Attributes: '{}' },
      { EventType: 'onMessageUpdate', Body: 'ho', MessageSid: message.sid, Index: '0' },
      { EventType: 'onMessageRemove', Body: 'ho', MessageSid: message.sid },
      { EventType: 'onParticipantAdd', Identity: 'ann' },
      { EventType: 'onParticipantUpdate', Attributes: '{"a":1}', ParticipantSid: participant.sid },
      { EventType: 'onParticipantRemove', ParticipantSid: participant.sid },
      { EventType: 'onConversationRemove', ConversationSid: conversation.sid },
    ]);
    // They have none yet.
    expect(asked[0]).not.toHaveProperty('ConversationSid');
    expect(asked[2]).not.toHaveProperty('MessageSid');
    expect(asked[5]).not.toHaveProperty('ParticipantSid');
  });

  test('is not asked without the header, nor about events that its filters leave out', async () => {
    await using receiver = await startReceiver();
    await using server = await startTestServer();
    const { configuration, conversations } = server.client.conversations.v1;
    await configuration
      .webhooks()
      .update({ preWebhookUrl: receiver.url, filters: ['onMessageAdd'] });

    const { sid } = await conversations.create({ ...heard });
    await conversations(sid).messages.create({ body: 'hi' });

    expect(receiver.received).toEqual([]);
  });

  test('modifies body, author and attributes of a message', async () => {
    await using receiver = await startReceiver(
      json({ body: '***', author: 'moderator', attributes: { clean: true } }),
    );
    await using server = await startTestServer();
    await askBefore(server, receiver);
    const { sid } = await server.client.conversations.v1.conversations.create({});
    const own = server.client.conversations.v1.conversations(sid);

    const added = await own.messages.create({ ...heard, body: 'swear', author: 'ann' });
    const quiet = await own.messages.create({ body: 'swear', author: 'ann' });
    const updated = await own.messages(quiet.sid).update({ ...heard, body: 'swear again' });

    const expected = { body: '***', author: 'moderator', attributes: '{"clean":true}' };
    expect(added).toMatchObject(expected);
    expect(quiet).toMatchObject({ body: 'swear', author: 'ann' });
    expect(updated).toMatchObject(expected);
  });

  test('modifies the friendly name of a conversation', async () => {
    await using receiver = await startReceiver(json({ friendly_name: 'Renamed' }));
    await using server = await startTestServer();
    await askBefore(server, receiver);
    const { conversations } = server.client.conversations.v1;

    const added = await conversations.create({ ...heard, friendlyName: 'Mine' });
    const updated = await conversations(added.sid).update({ ...heard, friendlyName: 'Mine' });

    expect([added.friendlyName, updated.friendlyName]).toEqual(['Renamed', 'Renamed']);
  });

  test.each([403, 500, 204])('rejects the change by answering %i', async (code) => {
    await using receiver = await startReceiver(status(code));
    await using server = await startTestServer();
    await askBefore(server, receiver);
    const { conversations } = server.client.conversations.v1;
    const { sid } = await conversations.create({ friendlyName: 'Kept' });
    const own = conversations(sid);
    const message = await own.messages.create({ body: 'kept' });
    const participant = await own.participants.create({ identity: 'ann' });

    const refusals = [
      await refusalOf(conversations.create({ ...heard })),
      await refusalOf(own.update({ ...heard, friendlyName: 'Other' })),
      await refusalOf(own.messages.create({ ...heard, body: 'new' })),
      await refusalOf(own.messages(message.sid).update({ ...heard, body: 'other' })),
      await refusalOf(own.messages(message.sid).remove({ ...heard })),
      await refusalOf(own.participants.create({ ...heard, identity: 'bob' })),
      await refusalOf(own.participants(participant.sid).update({ ...heard, attributes: '[]' })),
      await refusalOf(own.participants(participant.sid).remove({ ...heard })),
      await refusalOf(own.remove({ ...heard })),
    ];

    for (const refused of refusals) {
      expect(refused).toMatchObject({ status: 403, code: 50056 });
      expect(refused.message).toContain(`answered ${code}`);
    }
    expect(await conversations.list()).toHaveLength(1);
    expect(await own.fetch()).toMatchObject({ friendlyName: 'Kept' });
    expect((await own.messages.list()).map(({ body }) => body)).toEqual(['kept']);
    expect((await own.participants.list()).map(({ attributes }) => attributes)).toEqual(['{}']);
  });

  test.each([
    [{ body: 'x'.repeat(32_769) }, 50504],
    [{ author: 'x'.repeat(257) }, 50310],
    [{ attributes: 'no json' }, 50304],
    [{ attributes: { long: 'x'.repeat(4096) } }, 50303],
    [{ body: 7 }, 20001],
  ])('whose modification does not fit fails the change with its own code', async (answer, code) => {
    await using receiver = await startReceiver(json(answer));
    await using server = await startTestServer();
    await askBefore(server, receiver);
    const { sid } = await server.client.conversations.v1.conversations.create({});
    const { messages } = server.client.conversations.v1.conversations(sid);

    const refused = await refusalOf(messages.create({ ...heard, body: 'hi' }));

    expect(refused).toMatchObject({ status: 400, code });
    expect(refused.message).toContain('pre-event webhook');
    expect(await messages.list()).toEqual([]);
  });

  test('that nobody serves lets the change go on and raises 50057', async () => {
    await using server = await startTestServer();
    await askBefore(server, { url: await closedUrl() });

    const made = await server.client.conversations.v1.conversations.create({
      ...heard,
      friendlyName: 'Mine',
    });

    const [alert] = await server.alerts();
    expect(made.friendlyName).toBe('Mine');
    expect(alert).toMatchObject({ error_code: '50057', log_level: 'error' });
    expect(alert.alert_text).toContain('onConversationAdd');
  });

  test('that does not answer within five seconds lets the change go on and raises 50076', async () => {
    let asked = (): void => undefined;
    const underWay = new Promise<void>((resolve) => (asked = resolve));
    await using receiver = await startReceiver(() => asked());
    const clock = new SteppedClock();
    await using server = await startTestServer({}, { clock });
    await askBefore(server, receiver);

    const creating = server.client.conversations.v1.conversations.create({ ...heard });
    await underWay;
    clock.step(4999);
    const early = await Promise.race([creating, Promise.resolve('waiting')]);
    clock.step(1);
    const made = await creating;

    const [alert] = await server.alerts();
    expect(early).toBe('waiting');
    expect(made.sid).toMatch(/^CH/);
    expect(alert).toMatchObject({ error_code: '50076' });
  });

  test('that answers something else than JSON lets the change go on and raises 50057', async () => {
    await using receiver = await startReceiver((_, response) => response.end('OK'));
    await using server = await startTestServer();
    await askBefore(server, receiver);

    await server.client.conversations.v1.conversations.create({ ...heard });

    const [alert] = await server.alerts();
    expect(alert.error_code).toBe('50057');
    expect(alert.alert_text).toContain('no JSON object');
  });

  test('does not show the password of its URL to who is refused', async () => {
    await using receiver = await startReceiver(status(403));
    await using server = await startTestServer();
    await askBefore(server, { url: receiver.url.replace('http://', 'http://me:secret@') });

    const refused = await refusalOf(
      server.client.conversations.v1.conversations.create({ ...heard }),
    );

    expect(refused.code).toBe(50056);
    expect(refused.message).not.toContain('secret');
    const credentials = Buffer.from('me:secret').toString('base64');
    expect(receiver.received[0]?.headers.authorization).toBe(`Basic ${credentials}`);
  });
});

/** The machine's time, plus what the test adds; timers go off when the test steps over them. */
class SteppedClock implements Clock {
  #addedMs = 0;
  readonly #timers = new Set<{ readonly at: number; readonly fn: () => void }>();

  now(): number {
    return systemClock.now() + this.#addedMs;
  }

  elapsedMs(): number {
    return systemClock.elapsedMs() + this.#addedMs;
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.#addedMs + ms, fn };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  step(ms: number): void {
    this.#addedMs += ms;
    for (const timer of this.#timers) {
      if (timer.at > this.#addedMs) continue;
      this.#timers.delete(timer);
      timer.fn();
    }
  }
}
