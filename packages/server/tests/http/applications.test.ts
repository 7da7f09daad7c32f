import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusalOf, startTestServer, type TestServer } from '../_server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const collection = () => `/2010-04-01/Accounts/${server.accountSid}/Applications`;

describe('Applications', () => {
  test('the official client creates, fetches, updates, lists and deletes one', async () => {
    const { client } = server;

    const made = await client.applications.create({
      friendlyName: 'Support line',
      voiceUrl: 'https://example.com/voice',
      voiceMethod: 'GET',
      statusCallback: 'https://example.com/status',
      voiceCallerIdLookup: true,
    });
    const fetched = await client.applications(made.sid).fetch();
    const changed = await client
      .applications(made.sid)
      .update({ voiceUrl: 'https://example.com/other', friendlyName: 'Sales line' });
    const listed = await client.applications.list({ friendlyName: 'Sales line' });
    await client.applications(made.sid).remove();
    const gone = await refusalOf(client.applications(made.sid).fetch());

    expect(made.sid).toMatch(/^AP[0-9a-f]{32}$/);
    expect(fetched.toJSON()).toEqual(made.toJSON());
    expect(made).toMatchObject({
      accountSid: server.accountSid,
      apiVersion: '2010-04-01',
      friendlyName: 'Support line',
      voiceUrl: 'https://example.com/voice',
      voiceMethod: 'GET',
      voiceFallbackUrl: null,
      voiceFallbackMethod: 'POST',
      voiceCallerIdLookup: true,
      smsUrl: null,
      publicApplicationConnectEnabled: false,
      uri: `${collection()}/${made.sid}.json`,
    });
    expect(made.dateCreated).toBeInstanceOf(Date);
    expect(changed).toMatchObject({
      voiceUrl: 'https://example.com/other',
      voiceMethod: 'GET',
      friendlyName: 'Sales line',
    });
    expect(listed.map(({ sid }) => sid)).toEqual([made.sid]);
    expect(gone).toMatchObject({ status: 404, code: 20404 });
  });

  test('dates are written as RFC 2822', async () => {
    const { body } = await server.request('POST', `${collection()}.json`, {});

    expect(body.date_created).toMatch(/^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} \+0000$/);
  });

  test('SmsStatusCallback is the older name of MessageStatusCallback', async () => {
    const { body } = await server.request('POST', `${collection()}.json`, {
      SmsStatusCallback: 'https://example.com/sms',
    });

    expect(body).toMatchObject({
      message_status_callback: 'https://example.com/sms',
      sms_status_callback: 'https://example.com/sms',
    });
  });

  test.each([
    [{ VoiceUrl: 'example.com/voice' }, 21402],
    [{ StatusCallback: 'ftp://example.com' }, 21402],
    [{ VoiceMethod: 'PUT' }, 21403],
    [{ VoiceFallbackUrl: 'https://example.com/fallback' }, 21405],
    [{ SmsFallbackUrl: 'https://example.com/fallback' }, 21406],
    [{ FriendlyName: 'x'.repeat(65) }, 20002],
    [{ VoiceCallerIdLookup: 'maybe' }, 20001],
    [{ ApiVersion: '2008-08-01' }, 75016],
  ])('%j is refused with %i', async (form, code) => {
    const { status, body } = await server.request('POST', `${collection()}.json`, form);

    expect([status, body.code]).toEqual([400, code]);
    expect(body.message).toContain(Object.keys(form)[0]);
  });

  test('an empty value clears, and a fallback is not left alone', async () => {
    const { body: made } = await server.request('POST', `${collection()}.json`, {
      FriendlyName: 'A',
      VoiceUrl: 'https://example.com/voice',
      VoiceFallbackUrl: 'https://example.com/fallback',
    });
    const item = `${collection()}/${made.sid}.json`;

    const refused = await server.request('POST', item, { VoiceUrl: '' });
    const cleared = await server.request('POST', item, {
      VoiceUrl: '',
      VoiceFallbackUrl: '',
      FriendlyName: '',
    });

    expect(refused.body.code).toBe(21405);
    expect(cleared.body).toMatchObject({
      voice_url: null,
      voice_fallback_url: null,
      friendly_name: null,
    });
  });

  test('an update that names nothing changes nothing', async () => {
    const { body: made } = await server.request('POST', `${collection()}.json`, {});

    const { status, body } = await server.request('POST', `${collection()}/${made.sid}.json`, {});

    expect(status).toBe(200);
    expect(body.sid).toBe(made.sid);
  });

  test('a deleted application leaves neither Conductor nor number pointing at it', async () => {
    const { client } = server;
    const application = await client.applications.create({});
    const number = await client.incomingPhoneNumbers.create({
      phoneNumber: '+15551110001',
      voiceApplicationSid: application.sid,
      smsApplicationSid: application.sid,
    });
    const conversation = await client.conversations.v1.conversations.create({});
    const conductors = `/v1/Conversations/${conversation.sid}/Conductors`;
    const { body: conductor } = await server.request('POST', conductors, {
      ApplicationSid: application.sid,
    });

    await client.applications(application.sid).remove();

    const kept = await client.incomingPhoneNumbers(number.sid).fetch();
    const { body } = await server.request('GET', `${conductors}/${conductor.sid}`);
    expect(conductor.application_sid).toBe(application.sid);
    expect([kept.voiceApplicationSid, kept.smsApplicationSid]).toEqual([null, null]);
    expect(body.application_sid).toBeNull();
  });

  test('a SID of another kind in the path is told for what it is', async () => {
    const conversation = await server.client.conversations.v1.conversations.create({});

    const { status, body } = await server.request(
      'GET',
      `${collection()}/${conversation.sid}.json`,
    );

    expect([status, body.code]).toEqual([404, 20404]);
    expect(body.message).toContain(`${collection()}/${conversation.sid}.json was not found`);
    expect(body.message).toContain('Conversation');
  });

  test('pages are relative, keep their filters and do not shift when others are created', async () => {
    const { client } = server;
    for (let i = 0; i < 5; i += 1) await client.applications.create({ friendlyName: 'paged' });

    const first = await client.applications.page({ friendlyName: 'paged', pageSize: 2 });
    await client.applications.create({ friendlyName: 'paged' });
    const second = await first.nextPage();
    const third = await second?.nextPage();
    const raw = await server.request(
      'GET',
      `${collection()}.json?FriendlyName=paged&PageSize=2&Page=0`,
    );

    const sids = [first, second, third].flatMap((page) => page?.instances.map(({ sid }) => sid));
    expect(new Set(sids).size).toBe(5);
    expect(third?.instances).toHaveLength(1);
    expect(await third?.nextPage()).toBeUndefined();
    expect(raw.body).toMatchObject({
      page: 0,
      page_size: 2,
      start: 0,
      end: 1,
      previous_page_uri: null,
      uri: `${collection()}.json?FriendlyName=paged&PageSize=2&Page=0`,
    });
    expect(raw.body.next_page_uri).toMatch(
      /^\/2010-04-01\/.*\?FriendlyName=paged&PageSize=2&Page=1&PageToken=PA\w+$/,
    );
  });

  test('the thousand-and-first is refused with 21301', async () => {
    await using full = await startTestServer();
    const path = `/2010-04-01/Accounts/${full.accountSid}/Applications.json`;
    for (let i = 0; i < 20; i += 1) {
      await Promise.all(Array.from({ length: 50 }, () => full.request('POST', path, {})));
    }

    const { status, body } = await full.request('POST', path, {});

    expect([status, body.code]).toEqual([400, 21301]);
  });
});

test('a call with an Application that is not there is told where to find those that are', async () => {
  const { body } = await server.request(
    'POST',
    `/2010-04-01/Accounts/${server.accountSid}/Calls.json`,
    { To: 'client:ann', From: 'client:us', ApplicationSid: 'AP7c1f09b2e4d84a6fa3305be1d96c2f58' },
  );

  expect(body).toMatchObject({ code: 21218, status: 400 });
  expect(body.message).toContain('GET /2010-04-01/Accounts/{AccountSid}/Applications.json');
});
