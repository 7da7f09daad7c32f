import { isSid, type Sid } from '@tutti/ids';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusalOf, startTestServer, type TestServer } from '../_server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('Queues', () => {
  test('the official client creates, fetches, updates, lists and deletes one', async () => {
    const { client, accountSid } = server;

    const made = await client.queues.create({ friendlyName: 'Support' });
    const fetched = await client.queues(made.sid).fetch();
    const changed = await client.queues(made.sid).update({ friendlyName: 'Sales', maxSize: 7 });
    const other = await client.queues.create({ friendlyName: 'Support', maxSize: 5000 });
    const listed = await client.queues.list();
    const members = await client.queues(made.sid).members.list();
    await client.queues(made.sid).remove();
    const gone = await refusalOf(client.queues(made.sid).fetch());

    expect(isSid(made.sid, 'QU')).toBe(true);
    expect(fetched.toJSON()).toEqual(made.toJSON());
    expect(made).toMatchObject({
      accountSid,
      friendlyName: 'Support',
      maxSize: 1000,
      currentSize: 0,
      averageWaitTime: 0,
      uri: `/2010-04-01/Accounts/${accountSid}/Queues/${made.sid}.json`,
    });
    expect(made.dateCreated).toBeInstanceOf(Date);
    expect(changed).toMatchObject({ friendlyName: 'Sales', maxSize: 7 });
    expect(listed.map(({ sid }) => sid)).toEqual([other.sid, made.sid]);
    expect(members).toEqual([]);
    expect(gone).toMatchObject({ status: 404, code: 20_404 });
  });

  test('a name is unique, and a refused request changes nothing', async () => {
    const { client } = server;
    const first = await client.queues.create({ friendlyName: 'Unique' });
    const second = await client.queues.create({ friendlyName: 'Other' });

    const made = await refusalOf(client.queues.create({ friendlyName: ' Unique ' }));
    const renamed = await refusalOf(
      client.queues(second.sid).update({ friendlyName: 'Unique', maxSize: 3 }),
    );
    const same = await client.queues(first.sid).update({ friendlyName: 'Unique' });

    expect(made).toMatchObject({ status: 400, code: 20_001 });
    expect(made.message).toContain(first.sid);
    expect(renamed).toMatchObject({ status: 400, code: 20_001 });
    expect(await client.queues(second.sid).fetch()).toMatchObject({ maxSize: 1000 });
    expect(same.friendlyName).toBe('Unique');
  });

  test.for([
    [{}, 'FriendlyName'],
    [{ FriendlyName: ' ' }, 'FriendlyName'],
    [{ FriendlyName: 'x'.repeat(65) }, 'FriendlyName'],
    [{ FriendlyName: 'Sized', MaxSize: '0' }, 'MaxSize'],
    [{ FriendlyName: 'Sized', MaxSize: '5001' }, 'MaxSize'],
  ] as const)('%o is refused, and says why', async ([sent, name]) => {
    const path = `/2010-04-01/Accounts/${server.accountSid}/Queues.json`;

    const { status, body } = await server.request('POST', path, sent);

    expect(status).toBe(400);
    expect(body.message).toContain(name);
  });

  test('a SID of another kind is explained', async () => {
    const wrong = 'AP01a204deb1ebfdb572129f5a8f383dd2' as Sid<'AP'>;

    const refused = await refusalOf(server.client.queues(wrong).fetch());

    expect(refused).toMatchObject({ status: 404, code: 20_404 });
    expect(refused.message).toContain('Application');
  });

  test('a member is sent elsewhere to a URL only', async () => {
    const { sid } = await server.client.queues.create({ friendlyName: 'Empty' });
    const path = `/2010-04-01/Accounts/${server.accountSid}/Queues/${sid}/Members/Front.json`;

    const without = await server.request('POST', path, {});
    const bad = await server.request('POST', path, { Url: 'elsewhere' });
    const nobody = await server.request('POST', path, { Url: 'https://example.com/' });

    expect(without).toMatchObject({ status: 400, body: { code: 20_001 } });
    expect(bad).toMatchObject({ status: 400, body: { code: 21_205 } });
    expect(nobody).toMatchObject({ status: 404, body: { code: 20_404 } });
  });
});
