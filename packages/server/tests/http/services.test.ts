import { createSocket } from 'node:dgram';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusalOf, startTestServer, type TestServer } from '../_server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('Services', () => {
  test('the official client creates, fetches, lists and deletes one', async () => {
    const { services } = server.client.conversations.v1;

    const made = await services.create({ friendlyName: 'Second' });
    const fetched = await services(made.sid).fetch();
    const listed = await services.list();
    await services(made.sid).remove();
    const gone = await refusalOf(services(made.sid).fetch());

    expect(made).toMatchObject({
      accountSid: server.accountSid,
      friendlyName: 'Second',
      url: `${server.url}/conversations/v1/Services/${made.sid}`,
    });
    expect(fetched.toJSON()).toEqual(made.toJSON());
    expect(listed.map(({ friendlyName }) => friendlyName)).toEqual([
      'Second',
      'Default Conversations Service',
    ]);
    expect(gone).toMatchObject({ status: 404, code: 20404 });
  });

  test.each([
    [{}, 50000],
    [{ FriendlyName: '' }, 50000],
    [{ FriendlyName: 'x'.repeat(257) }, 50003],
  ])('%j is refused with %i', async (form, code) => {
    const { status, body } = await server.request('POST', '/v1/Services', form);

    expect([status, body.code]).toEqual([400, code]);
  });

  test('the default service is not deleted, and the refusal says what to do instead', async () => {
    const conversation = await server.client.conversations.v1.conversations.create({});

    const { status, body } = await server.request(
      'DELETE',
      `/v1/Services/${conversation.chatServiceSid}`,
    );

    expect([status, body.code]).toEqual([403, 20403]);
    expect(body.message).toContain('DELETE /v1/Conversations/{Sid}');
  });

  test('a deleted service takes everything in it along', async () => {
    const { v1 } = server.client.conversations;
    const service = await v1.services.create({ friendlyName: 'Short-lived' });
    const conversation = await v1.services(service.sid).conversations.create({});
    await v1.services(service.sid).conversations(conversation.sid).messages.create({ body: 'hi' });
    const { body: conductor } = await server.request(
      'POST',
      `/v1/Services/${service.sid}/Conversations/${conversation.sid}/Conductors`,
      {},
    );

    await v1.services(service.sid).remove();

    const paths = [
      `/v1/Conversations/${conversation.sid}`,
      `/v1/Services/${service.sid}/Conversations`,
      `/v1/Conductors/${conductor.sid}`,
    ];
    const answers = await Promise.all(paths.map((path) => server.request('GET', path)));
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
  });

  test('a deleted service ends the calls of its Conductors', async () => {
    const { v1 } = server.client.conversations;
    await using silent = await startSilentPhone();
    const service = await v1.services.create({ friendlyName: 'Calling' });
    const conversation = await v1.services(service.sid).conversations.create({});
    const path = `/v1/Services/${service.sid}/Conversations/${conversation.sid}/Conductors`;
    const { body: conductor } = await server.request('POST', path, {});
    const calls = `/2010-04-01/Accounts/${server.accountSid}/Calls`;
    const { body: call } = await server.request('POST', `${calls}.json`, {
      To: silent.uri,
      From: 'client:test',
      ConductorSid: conductor.sid,
    });

    await v1.services(service.sid).remove();

    await expect
      .poll(async () => (await server.request('GET', `${calls}/${call.sid}.json`)).body.status)
      .toMatch(/^(canceled|completed)$/);
  });

  test('a SID of another kind in the path is told for what it is', async () => {
    const application = await server.client.applications.create({});

    const { status, body } = await server.request('GET', `/v1/Services/${application.sid}`);

    expect([status, body.code]).toEqual([404, 20404]);
    expect(body.message).toContain('Application');
  });
});

/** A phone that hears every INVITE and never says a word. */
async function startSilentPhone() {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    uri: `sip:nobody@127.0.0.1:${socket.address().port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.close(resolve)),
  };
}
