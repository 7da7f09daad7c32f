import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusalOf, startTestServer, type TestServer } from '../_server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('Keys', () => {
  test('the official client creates, renames, lists and deletes one', async () => {
    const { client } = server;

    const made = await client.newKeys.create({ friendlyName: 'CI' });
    const changed = await client.keys(made.sid).update({ friendlyName: 'Deploy' });
    const listed = await client.keys.list();
    const fetched = await server.request(
      'GET',
      `/2010-04-01/Accounts/${server.accountSid}/Keys/${made.sid}.json`,
    );
    await client.keys(made.sid).remove();
    const gone = await refusalOf(client.keys(made.sid).fetch());

    expect(made.secret).toMatch(/^[0-9A-Za-z]{32}$/);
    expect(changed.friendlyName).toBe('Deploy');
    expect(listed.map(({ sid }) => sid)).toContain(made.sid);
    expect(fetched.body).not.toHaveProperty('secret');
    expect(gone).toMatchObject({ status: 404, code: 20404 });
  });

  test('a new key opens the API, and a deleted one does not', async () => {
    const made = await server.client.newKeys.create({});
    const withKey = server.clientOf(made.sid, made.secret);
    const conversation = await withKey.conversations.v1.conversations.create({});
    const other = await server.client.newKeys.create({});

    await server.client.keys(other.sid).remove();

    const refused = await refusalOf(
      server.clientOf(other.sid, other.secret).conversations.v1.conversations.list(),
    );
    expect(conversation.sid).toMatch(/^CH/);
    expect(refused).toMatchObject({ status: 401, code: 20003 });
  });

  test('who came by a key cannot manage keys', async () => {
    const { sid, secret } = await server.client.newKeys.create({});
    const withKey = server.clientOf(sid, secret);

    const refusals = await Promise.all([
      refusalOf(withKey.newKeys.create({})),
      refusalOf(withKey.keys.list()),
      refusalOf(withKey.keys(sid).fetch()),
      refusalOf(withKey.keys(sid).update({ friendlyName: 'mine' })),
      refusalOf(withKey.keys(sid).remove()),
    ]);

    for (const refused of refusals) expect(refused).toMatchObject({ status: 403, code: 20403 });
  });
});

describe('Accounts', () => {
  test('the account is fetched and listed with its auth token', async () => {
    const { client, accountSid, authToken } = server;

    const fetched = await client.api.v2010.accounts(accountSid).fetch();
    const listed = await client.api.v2010.accounts.list();
    const none = await client.api.v2010.accounts.list({ friendlyName: 'nobody' });

    expect(fetched).toMatchObject({
      sid: accountSid,
      authToken,
      status: 'active',
      type: 'Full',
      ownerAccountSid: accountSid,
      uri: `/2010-04-01/Accounts/${accountSid}.json`,
    });
    expect(listed.map(({ sid }) => sid)).toEqual([accountSid]);
    expect(none).toEqual([]);
  });

  test('who came by a key is not shown the auth token', async () => {
    const { sid, secret } = await server.client.newKeys.create({});
    const { body } = await server.request(
      'GET',
      `/2010-04-01/Accounts/${server.accountSid}.json`,
      undefined,
      { credentials: `${sid}:${secret}` },
    );

    expect(body.auth_token).toBeNull();
  });
});
