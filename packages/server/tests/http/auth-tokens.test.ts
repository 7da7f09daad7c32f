import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readCredentials } from '../../src/credentials-file.ts';
import { startReceiver } from '../_receiver.ts';
import { refusalOf, startTestServer, type TestServer } from '../_server.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server[Symbol.asyncDispose]());

describe('The secondary auth token', () => {
  test('opens the API beside the first one, and not any more once it is deleted', async () => {
    const { client, accountSid } = server;

    const created = await client.accounts.v1.secondaryAuthToken().create();
    const bySecond = server.clientOf(accountSid, created.secondaryAuthToken);
    await bySecond.conversations.v1.conversations.list();
    await client.conversations.v1.conversations.list();
    const removed = await bySecond.accounts.v1.secondaryAuthToken().remove();

    expect(created).toMatchObject({
      accountSid,
      url: `${server.url}/accounts/v1/AuthTokens/Secondary`,
    });
    expect(removed).toBe(true);
    const refused = await refusalOf(bySecond.conversations.v1.conversations.list());
    expect(refused).toMatchObject({ status: 401, code: 20003 });
  });

  test('is there once: a second one is refused, and so is what needs one that is not there', async () => {
    const { accounts } = server.client;

    const missing = await refusalOf(accounts.v1.secondaryAuthToken().remove());
    const unpromoted = await refusalOf(accounts.v1.authTokenPromotion().update());
    await accounts.v1.secondaryAuthToken().create();
    const second = await refusalOf(accounts.v1.secondaryAuthToken().create());

    expect(missing).toMatchObject({ status: 404, code: 20404 });
    expect(unpromoted).toMatchObject({ status: 404, code: 20404 });
    expect(second).toMatchObject({ status: 400, code: 20001 });
  });

  test('is not for keys to make, promote or end', async () => {
    const { sid, secret } = await server.client.newKeys.create({});
    const { accounts } = server.clientOf(sid, secret);

    const refusals = [
      await refusalOf(accounts.v1.secondaryAuthToken().create()),
      await refusalOf(accounts.v1.secondaryAuthToken().remove()),
      await refusalOf(accounts.v1.authTokenPromotion().update()),
    ];

    for (const refused of refusals) expect(refused).toMatchObject({ status: 403, code: 20403 });
  });

  test('once promoted, signs webhooks and ends the old token at once', async () => {
    const { client, accountSid, authToken } = server;
    await using receiver = await startReceiver();
    await client.conversations.v1.configuration.webhooks().update({
      postWebhookUrl: `${receiver.url}/hook`,
      filters: ['onConversationAdded'],
    });
    const { secondaryAuthToken } = await client.accounts.v1.secondaryAuthToken().create();
    await client.conversations.v1.conversations.create({ xTwilioWebhookEnabled: 'true' });
    await server.settled();

    const promoted = await client.accounts.v1.authTokenPromotion().update();

    const refused = await refusalOf(client.conversations.v1.conversations.list());
    const renewed = server.clientOf(accountSid, promoted.authToken);
    await renewed.conversations.v1.conversations.create({ xTwilioWebhookEnabled: 'true' });
    await server.settled();
    expect(promoted).toMatchObject({ accountSid, authToken: secondaryAuthToken });
    expect(refused).toMatchObject({ status: 401, code: 20003 });
    expect(receiver.received.map((each) => each.isSignedWith(authToken))).toEqual([true, false]);
    expect(receiver.received.map((each) => each.isSignedWith(promoted.authToken))).toEqual([
      false,
      true,
    ]);
    expect(await renewed.api.v2010.accounts(accountSid).fetch()).toMatchObject({
      authToken: promoted.authToken,
    });
  });

  test.each(['/v1/AuthTokens/Secondary', '/accounts/v1/AuthTokens/Secondary'])(
    'is made at %s',
    async (path) => {
      const { status, body } = await server.request('POST', path);

      expect(status).toBe(201);
      expect(body.url).toBe(`${server.url}${path}`);
    },
  );

  test('is made at accounts.twilio.com', async () => {
    const { status, body } = await server.request('POST', '/v1/AuthTokens/Secondary', undefined, {
      headers: { host: 'accounts.twilio.com' },
    });

    expect(status).toBe(201);
    expect(body.url).toBe('https://accounts.twilio.com/v1/AuthTokens/Secondary');
  });
});

test('a key that is deleted opens nothing from the next request on', async () => {
  const { sid, secret } = await server.client.newKeys.create({});
  const withKey = server.clientOf(sid, secret);
  await withKey.conversations.v1.conversations.list();

  await server.client.keys(sid).remove();

  const refused = await refusalOf(withKey.conversations.v1.conversations.list());
  expect(refused).toMatchObject({ status: 401, code: 20003 });
});

test('requests under way while a key is deleted leave nothing behind that would let it in', async () => {
  const { sid, secret } = await server.client.newKeys.create({});
  const credentials = `${sid}:${secret}`;
  const ask = (): Promise<{ status: number }> =>
    server.request('GET', '/v1/Conversations', undefined, { credentials });

  const asking = Array.from({ length: 20 }, ask);
  await server.client.keys(sid).remove();
  await Promise.all(asking);

  expect((await ask()).status).toBe(401);
});

describe('credentials.env', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tutti-credentials-'));
    path = join(directory, 'credentials.env');
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  test('follows the promoted token of the main account, and of no other', async () => {
    await using own = await startTestServer({}, { credentialsFile: path });
    const before = await readCredentials(path);
    const sub = await own.client.api.v2010.accounts.create({});
    const bySub = own.clientOf(sub.sid, sub.authToken, sub.sid);
    await bySub.accounts.v1.secondaryAuthToken().create();
    await bySub.accounts.v1.authTokenPromotion().update();
    await own.settled();
    const afterSub = await readCredentials(path);
    await own.client.accounts.v1.secondaryAuthToken().create();

    const { authToken } = await own.client.accounts.v1.authTokenPromotion().update();
    await own.settled();

    expect(afterSub).toEqual(before);
    expect(await readCredentials(path)).toEqual({ ...before, TWILIO_AUTH_TOKEN: authToken });
  });

  test('has another key after the start when the one it had was deleted', async () => {
    const env = { TUTTI_DATA: join(directory, 'data') };
    const first = await startTestServer(env, { credentialsFile: path });
    const before = await readCredentials(path);
    await first.client.keys(before.TWILIO_API_KEY ?? '').remove();
    await first[Symbol.asyncDispose]();

    await using again = await startTestServer(env, { credentialsFile: path });

    const { TWILIO_API_KEY = '', TWILIO_API_SECRET = '' } = await readCredentials(path);
    expect(TWILIO_API_KEY).not.toBe(before.TWILIO_API_KEY);
    const withKey = again.clientOf(TWILIO_API_KEY, TWILIO_API_SECRET);
    expect(await withKey.conversations.v1.conversations.list()).toEqual([]);
  });
});
