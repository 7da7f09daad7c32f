import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusalOf, startTestServer, type TestServer } from '../_server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('Conversations', () => {
  test('the official client creates, fetches, updates, lists and deletes one', async () => {
    const { conversations } = server.client.conversations.v1;

    const made = await conversations.create({
      friendlyName: 'Ticket 7',
      uniqueName: 'ticket-7',
      attributes: '{"priority": 1}',
      state: 'active',
      'timers.inactive': 'PT1H',
      'timers.closed': 'P1D',
    });
    const fetched = await conversations(made.sid).fetch();
    const changed = await conversations(made.sid).update({ friendlyName: '', state: 'inactive' });
    const listed = await conversations.list({ state: 'inactive' });
    await conversations(made.sid).remove();
    const gone = await refusalOf(conversations(made.sid).fetch());

    expect(made).toMatchObject({
      accountSid: server.accountSid,
      friendlyName: 'Ticket 7',
      uniqueName: 'ticket-7',
      attributes: '{"priority": 1}',
      state: 'active',
      bindings: {},
      url: `${server.url}/conversations/v1/Conversations/${made.sid}`,
    });
    expect(made.timers).toHaveProperty('date_inactive');
    expect(fetched.toJSON()).toEqual(made.toJSON());
    expect(changed).toMatchObject({ friendlyName: null, state: 'inactive' });
    expect(listed.map(({ sid }) => sid)).toEqual([made.sid]);
    expect(gone).toMatchObject({ status: 404, code: 20404 });
  });

  test('a unique name stands for the SID in every path', async () => {
    const { conversations } = server.client.conversations.v1;
    const made = await conversations.create({ uniqueName: 'by name/ä' });
    const path = `/v1/Conversations/${encodeURIComponent('by name/ä')}`;

    const fetched = await server.request('GET', path);
    const message = await server.request('POST', `${path}/Messages`, { Body: 'hi' });
    const conductor = await server.request('POST', `${path}/Conductors`, {});

    expect(fetched.body.sid).toBe(made.sid);
    expect(message.body.conversation_sid).toBe(made.sid);
    expect(conductor.body.conversation_sid).toBe(made.sid);
  });

  test('a unique name is unique in its service only', async () => {
    const { v1 } = server.client.conversations;
    const service = await v1.services.create({ friendlyName: 'Other' });
    const first = await v1.conversations.create({ uniqueName: 'desk' });
    const other = await v1.services(service.sid).conversations.create({ uniqueName: 'desk' });

    const taken = await refusalOf(v1.conversations.create({ uniqueName: 'desk' }));

    expect(other.chatServiceSid).toBe(service.sid);
    expect(taken).toMatchObject({ status: 409, code: 50353 });
    expect(taken.message).toContain(first.sid);
  });

  test('a service sees its own conversations only', async () => {
    const { v1 } = server.client.conversations;
    const service = await v1.services.create({ friendlyName: 'Walled' });
    const made = await v1.services(service.sid).conversations.create({});
    const elsewhere = await v1.conversations.create({});

    const own = await v1.services(service.sid).conversations.list();
    const twin = await v1.services(service.sid).conversations(made.sid).fetch();
    const missing = await refusalOf(v1.services(service.sid).conversations(elsewhere.sid).fetch());

    expect(own.map(({ sid }) => sid)).toEqual([made.sid]);
    expect(twin.url).toBe(
      `${server.url}/conversations/v1/Services/${service.sid}/Conversations/${made.sid}`,
    );
    expect(missing).toMatchObject({ status: 404, code: 20404 });
  });

  test.each([
    [{ State: 'closed' }, 50384],
    [{ State: '' }, 50374],
    [{ State: 'open' }, 50378],
    [{ 'Timers.Inactive': 'PT1H' }, 50382],
    [{ State: 'active', 'Timers.Inactive': 'PT10S' }, 50375],
    [{ State: 'active', 'Timers.Closed': 'PT5M' }, 50376],
    [{ State: 'active', 'Timers.Inactive': '1 hour' }, 50379],
    [{ State: 'active', 'Timers.Closed': 'P1Y' }, 50380],
    [{ UniqueName: `CH${'a'.repeat(32)}` }, 50390],
    [{ UniqueName: 'x'.repeat(257) }, 50004],
    [{ FriendlyName: 'x'.repeat(257) }, 50003],
    [{ Attributes: '{' }, 50304],
    [{ Attributes: JSON.stringify('x'.repeat(16_384)) }, 50303],
    [{ DateCreated: 'yesterday' }, 50308],
    [{ MessagingServiceSid: `IS${'1'.repeat(32)}` }, 50341],
  ])('%j is refused with %i', async (form, code) => {
    const { status, body } = await server.request('POST', '/v1/Conversations', form);

    expect([status, body.code]).toEqual([400, code]);
  });

  test('a closed conversation stays closed and takes nothing more', async () => {
    const { conversations } = server.client.conversations.v1;
    const { sid } = await conversations.create({});
    const own = conversations(sid);
    await own.update({ state: 'closed' });

    const refusals = [
      await refusalOf(own.update({ state: 'active' })),
      await refusalOf(own.messages.create({ body: 'late' })),
      await refusalOf(own.participants.create({ identity: 'late' })),
    ];

    for (const refused of refusals) expect(refused).toMatchObject({ status: 400, code: 50377 });
    await own.remove();
  });

  test('an update that names nothing is refused with 20161', async () => {
    const { sid } = await server.client.conversations.v1.conversations.create({});

    const { status, body } = await server.request('POST', `/v1/Conversations/${sid}`, {});

    expect([status, body.code]).toEqual([400, 20161]);
    expect(body.message).toContain('FriendlyName');
  });

  test('StartDate and EndDate select by date of creation', async () => {
    const { conversations } = server.client.conversations.v1;
    const old = await conversations.create({ dateCreated: new Date('2001-02-03T04:05:06Z') });

    const listed = await conversations.list({ startDate: '2001-02-03', endDate: '2001-02-04' });
    const refused = await server.request(
      'GET',
      '/v1/Conversations?StartDate=2001-02-04&EndDate=2001-02-03',
    );

    expect(listed.map(({ sid }) => sid)).toEqual([old.sid]);
    expect(refused.body.code).toBe(50396);
  });
});

describe('pages of a list', () => {
  test('do not shift under inserts, and go back to where they came from', async () => {
    const { v1 } = server.client.conversations;
    const service = await v1.services.create({ friendlyName: 'Paged' });
    const own = v1.services(service.sid).conversations;
    const made: string[] = [];
    for (let i = 0; i < 5; i += 1) made.push((await own.create({})).sid);

    const first = await own.page({ pageSize: 2 });
    await own.create({});
    await own(made[4] ?? '').remove();
    const second = await first.nextPage();
    const third = await second?.nextPage();
    const back = await third?.previousPage();

    const sids = (page: { readonly instances: { readonly sid: string }[] } | undefined) =>
      page?.instances.map(({ sid }) => sid);
    expect(sids(first)).toEqual([made[4], made[3]]);
    expect(sids(second)).toEqual([made[2], made[1]]);
    expect(sids(third)).toEqual([made[0]]);
    expect(sids(back)).toEqual(sids(second));
    expect(await third?.nextPage()).toBeUndefined();
  });

  test('keep their filters, and lead back by the way the request came', async () => {
    const { conversations } = server.client.conversations.v1;
    for (let i = 0; i < 3; i += 1) await conversations.create({ state: 'inactive' });
    const path = '/v1/Conversations?State=inactive&PageSize=1';

    const bare = await server.request('GET', path);
    const prefixed = await server.request('GET', `/conversations${path}`);

    expect(bare.body.meta).toMatchObject({
      key: 'conversations',
      page: 0,
      page_size: 1,
      previous_page_url: null,
      first_page_url: `${server.url}/v1/Conversations?State=inactive&PageSize=1&Page=0`,
    });
    expect(bare.body.meta.next_page_url).toMatch(
      /\/v1\/Conversations\?State=inactive&PageSize=1&Page=1&PageToken=PA\w+$/,
    );
    expect(prefixed.body.meta.next_page_url).toContain(`${server.url}/conversations/v1/`);
    expect(bare.body.conversations[0].state).toBe('inactive');
  });

  test.each(['1e308', '9007199254740993', '-1', 'x'])(
    'are counted from 0 where Page=%s is no number of a page',
    async (page) => {
      const { status, body } = await server.request('GET', `/v1/Conversations?Page=${page}`);

      expect([status, body.meta.page]).toEqual([200, 0]);
    },
  );

  test('are cut to the largest size, and refuse what is no size or token', async () => {
    const large = await server.request('GET', '/v1/Conversations?PageSize=5000');
    const none = await server.request('GET', '/v1/Conversations?PageSize=0');
    const word = await server.request('GET', '/v1/Conversations?PageSize=ten');
    const token = await server.request('GET', '/v1/Conversations?PageToken=nonsense');

    expect(large.body.meta.page_size).toBe(100);
    expect([none.body.code, word.body.code]).toEqual([20001, 20001]);
    expect([token.status, token.body.code]).toEqual([400, 21481]);
  });
});

describe('Messages', () => {
  const open = () => server.client.conversations.v1.conversations.create({});

  test('the official client creates, fetches, updates, lists and deletes one', async () => {
    const { sid } = await open();
    const { messages } = server.client.conversations.v1.conversations(sid);
    const participant = await server.client.conversations.v1
      .conversations(sid)
      .participants.create({ identity: 'ann' });

    const made = await messages.create({
      body: 'héllo 👋',
      author: 'ann',
      attributes: '{"a": [1]}',
    });
    const second = await messages.create({ body: '' });
    const fetched = await messages(made.sid).fetch();
    const changed = await messages(made.sid).update({ body: 'bye' });
    const newestFirst = await messages.list({ order: 'desc' });
    await messages(made.sid).remove();
    const gone = await refusalOf(messages(made.sid).fetch());
    const third = await messages.create({ body: 'third' });

    expect(made).toMatchObject({
      conversationSid: sid,
      index: 0,
      author: 'ann',
      participantSid: participant.sid,
      body: 'héllo 👋',
      attributes: '{"a": [1]}',
      media: null,
      delivery: null,
      url: `${server.url}/conversations/v1/Conversations/${sid}/Messages/${made.sid}`,
    });
    expect(second).toMatchObject({ author: 'system', body: '', participantSid: null });
    expect(fetched.toJSON()).toEqual(made.toJSON());
    expect(changed).toMatchObject({ body: 'bye', author: 'ann', index: 0 });
    expect(newestFirst.map(({ index }) => index)).toEqual([1, 0]);
    expect(gone).toMatchObject({ status: 404, code: 20404 });
    expect(third.index).toBe(2);
  });

  test('an author that is cleared is the system again', async () => {
    const { sid } = await open();
    const { messages } = server.client.conversations.v1.conversations(sid);
    const made = await messages.create({ body: 'hello', author: 'ann' });

    const cleared = await messages(made.sid).update({ author: '' });

    expect(cleared).toMatchObject({ author: 'system', participantSid: null, body: 'hello' });
  });

  test('a message wakes an inactive conversation', async () => {
    const { conversations } = server.client.conversations.v1;
    const { sid } = await conversations.create({ state: 'inactive' });

    await conversations(sid).messages.create({ body: 'hi' });

    expect((await conversations(sid).fetch()).state).toBe('active');
  });

  test('messages that come at the same moment get indexes without gaps', async () => {
    const { sid } = await open();
    const { messages } = server.client.conversations.v1.conversations(sid);

    const made = await Promise.all(
      Array.from({ length: 20 }, (_, i) => messages.create({ body: String(i) })),
    );

    const indexes = made.map(({ index }) => index).sort((a, b) => a - b);
    expect(indexes).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  test.each([
    [{}, 50503],
    [{ Body: 'ü'.repeat(16_385) }, 50504],
    [{ Body: 'a', Author: 'x'.repeat(257) }, 50310],
    [{ Body: 'a', Attributes: 'no' }, 50304],
    [{ Body: 'a', MediaSid: `ME${'1'.repeat(32)}` }, 75016],
    [{ Body: 'a', ContentSid: `HX${'1'.repeat(32)}` }, 75016],
  ])('%j is refused', async (form, code) => {
    const { sid } = await open();

    const { status, body } = await server.request(
      'POST',
      `/v1/Conversations/${sid}/Messages`,
      form,
    );

    expect([status, body.code]).toEqual([400, code]);
  });

  test('a body of exactly 32 kB is taken', async () => {
    const { sid } = await open();

    const { status, body } = await server.request('POST', `/v1/Conversations/${sid}/Messages`, {
      Body: 'ü'.repeat(16_384),
    });

    expect(status).toBe(201);
    expect(body.body).toHaveLength(16_384);
  });

  test('a message into a conversation that is not there is explained and raises an alert', async () => {
    const missing = `CH${'12'.repeat(16)}`;

    const { status, body } = await server.request('POST', `/v1/Conversations/${missing}/Messages`, {
      Body: 'hi',
    });

    const [alert] = await server.alerts();
    expect([status, body.code]).toEqual([404, 20404]);
    expect(body.message).toContain('well formed');
    expect(alert).toMatchObject({ error_code: '20404', resource_sid: missing });
  });

  test('a message of another conversation is not found', async () => {
    const first = await open();
    const second = await open();
    const own = server.client.conversations.v1.conversations;
    const message = await own(first.sid).messages.create({ body: 'hi' });

    const refused = await refusalOf(own(second.sid).messages(message.sid).fetch());

    expect(refused).toMatchObject({ status: 404, code: 20404 });
    expect(refused.message).toContain('another conversation');
  });
});

describe('Participants', () => {
  const open = () => server.client.conversations.v1.conversations.create({});

  test('the official client creates, fetches, updates, lists and deletes one', async () => {
    const { sid } = await open();
    const { participants } = server.client.conversations.v1.conversations(sid);

    const made = await participants.create({ identity: 'ann', attributes: '{"vip":true}' });
    const byIdentity = await participants('ann').fetch();
    const changed = await participants(made.sid).update({
      attributes: '{}',
      lastReadMessageIndex: 3,
    });
    const listed = await participants.list();
    await participants(made.sid).remove();
    const gone = await refusalOf(participants(made.sid).fetch());

    expect(made).toMatchObject({
      accountSid: server.accountSid,
      conversationSid: sid,
      identity: 'ann',
      attributes: '{"vip":true}',
      messagingBinding: null,
      lastReadMessageIndex: null,
      url: `${server.url}/conversations/v1/Conversations/${sid}/Participants/${made.sid}`,
    });
    expect(made.roleSid).toMatch(/^RL/);
    expect(byIdentity.toJSON()).toEqual(made.toJSON());
    expect(changed).toMatchObject({ attributes: '{}', lastReadMessageIndex: 3, identity: 'ann' });
    expect(listed.map((one) => one.sid)).toEqual([made.sid]);
    expect(gone).toMatchObject({ status: 404, code: 20404 });
  });

  test('an SMS pair is bound once among all open conversations', async () => {
    const first = await open();
    const second = await open();
    const { conversations } = server.client.conversations.v1;
    const pair = {
      'messagingBinding.address': '+15550100001',
      'messagingBinding.proxyAddress': '+15550100002',
    };
    const made = await conversations(first.sid).participants.create(pair);

    const here = await refusalOf(conversations(first.sid).participants.create(pair));
    const there = await refusalOf(conversations(second.sid).participants.create(pair));
    await conversations(first.sid).update({ state: 'closed' });
    const free = await conversations(second.sid).participants.create(pair);

    expect(made.messagingBinding).toEqual({
      type: 'sms',
      address: '+15550100001',
      proxy_address: '+15550100002',
    });
    expect(here).toMatchObject({ status: 409, code: 50433 });
    expect(there).toMatchObject({ status: 409, code: 50416 });
    expect(there.message).toContain(first.sid);
    expect(free.sid).toMatch(/^MB/);
  });

  const address = (text: string) => ({ 'MessagingBinding.Address': text });
  const proxy = (text: string) => ({ 'MessagingBinding.ProxyAddress': text });
  test.each([
    [{}, 50204],
    [{ Identity: `US${'a'.repeat(32)}` }, 50206],
    [{ Identity: 'x'.repeat(257) }, 50207],
    [{ Identity: 'ann', ...address('+15550100009'), ...proxy('+15550100010') }, 50211],
    [{ ...address('5550100009'), ...proxy('+15550100010') }, 50407],
    [{ ...address('+15550100009'), ...proxy('nonsense') }, 50408],
    [{ ...address('+15550100009'), ...proxy('+15550100009') }, 50409],
    [proxy('+15550100009'), 50411],
    [address('+15550100009'), 50412],
    [{ ...address('whatsapp:+15550100009'), ...proxy('+15550100010') }, 50414],
    [{ Identity: 'ann', RoleSid: `RL${'1'.repeat(31)}2` }, 50100],
    [{ Identity: 'ann', Attributes: 'no' }, 50304],
  ])('%j is refused with %i', async (form, code) => {
    const { sid } = await open();

    const { status, body } = await server.request(
      'POST',
      `/v1/Conversations/${sid}/Participants`,
      form,
    );

    expect([status, body.code]).toEqual([400, code]);
  });

  test('an identity is cleared by empty text, in as many participants as have another address', async () => {
    const { sid } = await open();
    const { participants } = server.client.conversations.v1.conversations(sid);
    const path = `/v1/Conversations/${sid}/Participants`;
    const made = await Promise.all(
      ['ann', 'bea'].map((identity) =>
        server.request('POST', path, {
          Identity: identity,
          'VoiceBinding.Address': `client:${identity}`,
        }),
      ),
    );
    const plain = await participants.create({ identity: 'cid' });

    const cleared = [];
    for (const { body } of made)
      cleared.push(await participants(body.sid).update({ identity: '' }));
    const refused = await refusalOf(participants(plain.sid).update({ identity: '' }));

    expect(cleared.map(({ identity }) => identity)).toEqual([null, null]);
    expect(refused).toMatchObject({ status: 400, code: 50204 });
  });

  test('an identity is in a conversation once', async () => {
    const { sid } = await open();
    const { participants } = server.client.conversations.v1.conversations(sid);
    await participants.create({ identity: 'ann' });

    const refused = await refusalOf(participants.create({ identity: 'ann' }));

    expect(refused).toMatchObject({ status: 409, code: 50433 });
  });

  test('an e-mail address with a phone number as proxy is taken, with a warning alert 75013', async () => {
    const { sid } = await open();
    const made = await server.client.conversations.v1.conversations(sid).participants.create({
      'messagingBinding.address': 'ann@example.com',
      'messagingBinding.proxyAddress': '+15550100011',
    });

    const [alert] = await server.alerts();
    expect(made.messagingBinding).toMatchObject({ type: 'email', address: 'ann@example.com' });
    expect(alert).toMatchObject({
      error_code: '75013',
      log_level: 'warning',
      resource_sid: made.sid,
    });
  });
});
