import type { AccountInstance } from 'twilio/lib/rest/api/v2010/account.js';
import type { Twilio } from 'twilio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startReceiver } from '../_receiver.ts';
import { refusalOf, startTestServer, type TestServer } from '../_server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A new subaccount and the official client with its own credentials. */
async function subaccount(friendlyName = 'Sub'): Promise<{ sub: AccountInstance; own: Twilio }> {
  const sub = await server.client.api.v2010.accounts.create({ friendlyName });
  return { sub, own: server.clientOf(sub.sid, sub.authToken, sub.sid) };
}

/** The parent's credentials on the subaccount's paths: `twilio(parent, token, { accountSid: sub })`. */
function parentOn(sub: { readonly sid: string }): Twilio {
  return server.clientOf(server.accountSid, server.authToken, sub.sid);
}

const number = (): string => `+1555${String(Math.floor(performance.now() * 1000)).slice(-7)}`;

describe('A subaccount', () => {
  test('is made by its parent, with a token, a name and a service of its own', async () => {
    const { sub, own } = await subaccount('Customer 1');
    const unnamed = await server.client.api.v2010.accounts.create();
    const conversation = await own.conversations.v1.conversations.create({});
    const services = await own.conversations.v1.services.list();

    expect(sub).toMatchObject({
      friendlyName: 'Customer 1',
      status: 'active',
      ownerAccountSid: server.accountSid,
    });
    expect(sub.authToken).toMatch(/^[0-9a-f]{32}$/);
    expect(unnamed.friendlyName).toMatch(/^SubAccount Created at \d{4}-\d\d-\d\d \d\d:\d\d [ap]m$/);
    expect(conversation.accountSid).toBe(sub.sid);
    expect(services.map(({ sid }) => sid)).toEqual([conversation.chatServiceSid]);
  });

  test('is fetched, renamed and listed by its parent, and by itself', async () => {
    const { sub, own } = await subaccount('Before');

    const renamed = await server.client.api.v2010.accounts(sub.sid).update({ friendlyName: 'Now' });
    await own.api.v2010.accounts(sub.sid).update({ friendlyName: `Then ${sub.sid}` });
    const fetched = await server.client.api.v2010.accounts(sub.sid).fetch();
    const byName = await server.client.api.v2010.accounts.list({ friendlyName: `Then ${sub.sid}` });
    const all = await server.client.api.v2010.accounts.list({ pageSize: 1 });
    const ownList = await own.api.v2010.accounts.list();

    expect(renamed.friendlyName).toBe('Now');
    expect(fetched).toMatchObject({ friendlyName: `Then ${sub.sid}`, authToken: sub.authToken });
    expect(byName.map(({ sid }) => sid)).toEqual([sub.sid]);
    expect(all.map(({ sid }) => sid)).toEqual(expect.arrayContaining([sub.sid, server.accountSid]));
    expect(ownList.map(({ sid }) => sid)).toEqual([sub.sid]);
  });

  test('is worked in by its parent, by the account in the path', async () => {
    const { sub, own } = await subaccount();
    const parent = parentOn(sub);

    const application = await parent.applications.create({ friendlyName: 'By the parent' });
    const key = await parent.newKeys.create({ friendlyName: 'For the sub' });

    const seen = await own.applications.list();
    const withKey = server.clientOf(key.sid, key.secret, sub.sid);
    const conversation = await withKey.conversations.v1.conversations.create({});
    expect(application.accountSid).toBe(sub.sid);
    expect(seen.map(({ sid }) => sid)).toEqual([application.sid]);
    expect(conversation.accountSid).toBe(sub.sid);
    expect(await server.client.applications.list()).toEqual([]);
  });

  test('is not what the parent works in where the path names no account', async () => {
    const { sub } = await subaccount();

    const conversation = await parentOn(sub).conversations.v1.conversations.create({});

    expect(conversation.accountSid).toBe(server.accountSid);
  });

  test('opens neither its parent nor its siblings', async () => {
    const { sub, own } = await subaccount();
    const { sub: sibling } = await subaccount();
    const key = await own.newKeys.create({});

    const refusals = await Promise.all(
      [server.accountSid, sibling.sid].flatMap((other) => [
        refusalOf(own.api.v2010.accounts(other).fetch()),
        refusalOf(own.api.v2010.accounts(other).update({ status: 'closed' })),
        refusalOf(own.api.v2010.accounts(other).calls.list()),
        refusalOf(server.clientOf(key.sid, key.secret, other).applications.list()),
      ]),
    );

    for (const refused of refusals) expect(refused).toMatchObject({ status: 401, code: 20003 });
    expect(sub.sid).not.toBe(sibling.sid);
  });

  test('has none of its own', async () => {
    const { own } = await subaccount();

    const refused = await refusalOf(own.api.v2010.accounts.create({}));

    expect(refused).toMatchObject({ status: 403, code: 20403 });
  });

  test('is not opened or managed by a key of its parent', async () => {
    const { sub } = await subaccount();
    const { sid, secret } = await server.client.newKeys.create({});

    const opened = await refusalOf(server.clientOf(sid, secret, sub.sid).calls.list());
    const made = await refusalOf(server.clientOf(sid, secret).api.v2010.accounts.create({}));
    const renamed = await refusalOf(
      server.clientOf(sid, secret).api.v2010.accounts(server.accountSid).update({}),
    );

    expect(opened).toMatchObject({ status: 401, code: 20003 });
    expect(made).toMatchObject({ status: 403, code: 20403 });
    expect(renamed).toMatchObject({ status: 403, code: 20403 });
  });
});

describe('A suspended subaccount', () => {
  test('is refused at once, by token and by key, until it is active again', async () => {
    const { sub, own } = await subaccount();
    const key = await own.newKeys.create({});
    const withKey = server.clientOf(key.sid, key.secret, sub.sid);
    await withKey.conversations.v1.conversations.list();

    await server.client.api.v2010.accounts(sub.sid).update({ status: 'suspended' });

    const refusals = [
      await refusalOf(own.conversations.v1.conversations.list()),
      await refusalOf(withKey.conversations.v1.conversations.list()),
      await refusalOf(own.api.v2010.accounts(sub.sid).update({ status: 'active' })),
    ];
    for (const refused of refusals) expect(refused).toMatchObject({ status: 403, code: 20005 });
    const listed = await server.client.api.v2010.accounts.list({ status: 'suspended' });
    expect(listed.map(({ sid }) => sid)).toEqual([sub.sid]);

    await server.client.api.v2010.accounts(sub.sid).update({ status: 'active' });
    expect(await own.conversations.v1.conversations.list()).toEqual([]);
  });

  test('makes no calls for its parent either, and says so by an alert', async () => {
    const { sub, own } = await subaccount();
    const parent = parentOn(sub);
    const live = await parent.calls.create({
      to: 'sip:nobody@127.0.0.1:9',
      from: 'client:us',
      twiml: '<Response/>',
    });
    await server.client.api.v2010.accounts(sub.sid).update({ status: 'suspended' });

    const refused = await refusalOf(
      parent.calls.create({ to: 'client:bob', from: 'client:us', twiml: '<Response/>' }),
    );
    const ended = await parent.calls(live.sid).update({ status: 'completed' });

    expect(refused).toMatchObject({ status: 403, code: 10001 });
    expect(['canceled', 'completed', 'failed']).toContain(ended.status);
    await server.client.api.v2010.accounts(sub.sid).update({ status: 'active' });
    const alerts = await own.monitor.v1.alerts.list();
    expect(alerts.map(({ errorCode }) => errorCode)).toContain('10001');
  });

  test('does not change its own status, nor does the main account', async () => {
    const { sub, own } = await subaccount();

    const bySub = await refusalOf(own.api.v2010.accounts(sub.sid).update({ status: 'suspended' }));
    const byMain = await refusalOf(
      server.client.api.v2010.accounts(server.accountSid).update({ status: 'closed' }),
    );

    expect(bySub).toMatchObject({ status: 403, code: 20403 });
    expect(byMain).toMatchObject({ status: 403, code: 20403 });
  });
});

describe('A closed subaccount', () => {
  test('stays closed, keeps its records and gives its numbers back', async () => {
    const { sub, own } = await subaccount();
    const { phoneNumber } = await own.incomingPhoneNumbers.create({ phoneNumber: number() });
    const call = await own.calls.create({
      to: 'client:nobody',
      from: phoneNumber,
      twiml: '<Response/>',
    });

    await server.client.api.v2010.accounts(sub.sid).update({ status: 'closed' });

    const parent = parentOn(sub);
    const reopened = await refusalOf(
      server.client.api.v2010.accounts(sub.sid).update({ status: 'active' }),
    );
    const worked = await refusalOf(parent.applications.create({}));
    const record = await parent.calls(call.sid).fetch();
    const again = await server.client.incomingPhoneNumbers.create({ phoneNumber });
    expect(reopened).toMatchObject({ status: 403, code: 20005 });
    expect(worked).toMatchObject({ status: 403, code: 20005 });
    expect(['canceled', 'failed']).toContain(record.status);
    expect(again.accountSid).toBe(server.accountSid);
    expect(await refusalOf(own.calls.list())).toMatchObject({ status: 403, code: 20005 });
  });
});

test("webhooks of a subaccount are signed with its own token, not with its parent's", async () => {
  const { sub, own } = await subaccount();
  await using receiver = await startReceiver();
  await own.conversations.v1.configuration.webhooks().update({
    postWebhookUrl: `${receiver.url}/hook`,
    filters: ['onConversationAdded'],
  });

  await own.conversations.v1.conversations.create({ xTwilioWebhookEnabled: 'true' });
  await server.settled();

  const [received] = receiver.received;
  expect(received?.parameters['AccountSid']).toBe(sub.sid);
  expect(received?.isSignedWith(sub.authToken)).toBe(true);
  expect(received?.isSignedWith(server.authToken)).toBe(false);
});
