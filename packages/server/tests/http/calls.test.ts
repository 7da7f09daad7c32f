import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../_server.ts';

const OURS = '+15550001111';
/** Nobody answers there: the call fails as soon as it is tried. */
const NOBODY = '+15550002222';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await server.client.incomingPhoneNumbers.create({ phoneNumber: OURS });
});
afterAll(() => server[Symbol.asyncDispose]());

/** A call that has ended: there is no way to that number. */
async function endedCall(): Promise<string> {
  const { sid } = await server.client.calls.create({
    to: NOBODY,
    from: OURS,
    twiml: '<Response/>',
  });
  await expect.poll(async () => (await server.client.calls(sid).fetch()).status).toBe('failed');
  return sid;
}

const create = (form: Record<string, string>) =>
  server.request('POST', `/2010-04-01/Accounts/${server.accountSid}/Calls.json`, form);

describe('the list of calls', () => {
  test('is cut by the start and the end, whether or not anybody answered', async () => {
    const sid = await endedCall();
    const hour = 3_600_000;
    const [before, after] = [new Date(Date.now() - hour), new Date(Date.now() + hour)];
    const sids = async (filter: object): Promise<string[]> =>
      (await server.client.calls.list(filter)).map((call) => call.sid);

    expect(await sids({ startTimeAfter: before })).toContain(sid);
    expect(await sids({ startTimeBefore: after, endTimeAfter: before })).toContain(sid);
    expect(await sids({ startTimeAfter: after })).toEqual([]);
    expect(await sids({ startTimeBefore: before })).toEqual([]);
    expect(await sids({ endTimeBefore: before })).toEqual([]);
    expect(await sids({ startTime: new Date() })).toContain(sid);
  });

  test('is cut by To, From and Status, and refuses a parent that is no call', async () => {
    const sid = await endedCall();

    const [found] = await server.client.calls.list({ to: NOBODY, from: OURS, status: 'failed' });
    const wrong = server.client.calls.list({ parentCallSid: `CH${'ab'.repeat(16)}` });

    expect(found?.sid).toBe(sid);
    await expect(wrong).rejects.toMatchObject({ code: 75002, status: 400 });
  });

  test.each([
    ['2019-06-11', 'a day'],
    ['2019-06-11 22:05:25.000', 'a time of UTC'],
    ['06/11/2019 22:05:25 MST', 'a time of a zone'],
    ['06/11/2019', 'a day as Americans write it'],
    ['Tue, 11 Jun 2019 22:05:25 +0000', 'a time of RFC 2822'],
  ])('takes %s as %s', async (written) => {
    const sid = await endedCall();
    const list = async (name: string) => {
      const query = new URLSearchParams({ [name]: written });
      const path = `/2010-04-01/Accounts/${server.accountSid}/Calls.json?${query.toString()}`;
      const { status, body } = await server.request('GET', path);
      return { status, sids: body.calls?.map((call: { sid: string }) => call.sid) };
    };

    expect((await list('StartTime>')).sids).toContain(sid);
    expect(await list('StartTime<')).toEqual({ status: 200, sids: [] });
    expect(await list('EndTime')).toEqual({ status: 200, sids: [] });
  });

  test('refuses what is no date', async () => {
    const path = `/2010-04-01/Accounts/${server.accountSid}/Calls.json?StartTime=2019-02-31`;

    const { status, body } = await server.request('GET', path);

    expect([status, body.code]).toEqual([400, 20001]);
  });
});

describe('a call', () => {
  test('is warned of where it is updated by a Method without a Url', async () => {
    const { body } = await create({ To: NOBODY, From: OURS, Twiml: '<Response/>' });
    const path = `/2010-04-01/Accounts/${server.accountSid}/Calls/${body.sid}.json`;

    const { status } = await server.request('POST', path, { Method: 'GET' });

    expect(status).toBe(200);
    expect(await server.alerts()).toContainEqual(
      expect.objectContaining({
        resource_sid: body.sid,
        error_code: '75016',
        alert_text: expect.stringMatching(/^Method .* It is that of Url, which is not given\.$/),
      }),
    );
  });

  test.each([
    ['Url', { Url: 'http://127.0.0.1:9/' }],
    ['Twiml', { Twiml: '<Response/>' }],
    ['ConductorSid', { ConductorSid: `CN${'ab'.repeat(16)}` }],
  ])('is not ended and sent on by %s at once', async (name, onward) => {
    const to = 'sip:a@127.0.0.1:9';
    const { sid } = await server.client.calls.create({ to, from: OURS, twiml: '<Response/>' });
    const path = `/2010-04-01/Accounts/${server.accountSid}/Calls/${sid}.json`;

    const refused = await server.request('POST', path, { Status: 'completed', ...onward });

    expect([refused.status, refused.body.code]).toEqual([400, 20001]);
    expect(refused.body.message).toContain(`Leave out Status, or ${name}.`);
  });

  test('that has ended is deleted, and is not found any more', async () => {
    const sid = await endedCall();

    expect(await server.client.calls(sid).remove()).toBe(true);

    await expect(server.client.calls(sid).fetch()).rejects.toMatchObject({ code: 20404 });
  });

  test('with both Url and Twiml takes the Url, with a warning', async () => {
    const { status, body } = await create({
      To: NOBODY,
      From: OURS,
      Url: 'http://127.0.0.1:9/voice',
      Twiml: '<Response/>',
    });

    expect(status).toBe(201);
    const alerts = (await server.alerts()).filter(({ resource_sid: about }) => about === body.sid);
    expect(alerts.map(({ error_code: code }) => code)).toContain('32019');
  });

  test('is placed without what it can do without, with warnings', async () => {
    const { status, body } = await create({
      To: NOBODY,
      From: OURS,
      Twiml: '<Response/>',
      CallToken: 'a.b.c',
      Byoc: `BY${'ab'.repeat(16)}`,
      ClientNotificationUrl: 'https://example.com/',
      RecordingStatusCallback: 'https://example.com/',
      Method: 'GET',
    });

    expect(status).toBe(201);
    const texts = (await server.alerts())
      .filter((alert) => alert.resource_sid === body.sid && alert.error_code === '75016')
      .map(({ alert_text: text }) => text.split(' ')[0]);
    const names = [
      'Byoc',
      'CallToken',
      'ClientNotificationUrl',
      'Method',
      'RecordingStatusCallback',
    ];
    expect(new Set(texts)).toEqual(new Set(names));
  });

  test.each([
    [{ MachineDetection: 'Enable', AsyncAmd: 'true' }, '21262'],
    [{ MachineDetection: 'Enable', SendDigits: '1' }, '21263'],
    [{ MachineDetection: 'Enable', AsyncAmdStatusCallback: 'https://example.com/' }, '21263'],
    [{ AsyncAmd: 'true' }, '21263'],
  ])('asked who answers by %j raises warning %s', async (form, code) => {
    const { status, body } = await create({
      To: NOBODY,
      From: OURS,
      Twiml: '<Response/>',
      ...(form as Record<string, string>),
    });

    expect(status).toBe(201);
    const alerts = (await server.alerts()).filter(({ resource_sid: about }) => about === body.sid);
    expect(alerts.map((alert) => alert.error_code)).toContain(code);
  });

  test.each([
    [{ To: NOBODY, From: OURS, Twiml: '<Response/>', MachineDetectionTimeout: '60' }, 20001],
    [{ To: NOBODY, From: OURS, Twiml: '<Response/>', MachineDetection: 'yes' }, 20001],
    [{ To: NOBODY, From: OURS, Twiml: '<Response/>', CallReason: 'x'.repeat(51) }, 20001],
    [{ To: NOBODY, From: OURS, Twiml: '<Response/>', RecordingTrack: 'up' }, 20001],
    [{ To: NOBODY, From: OURS, Twiml: '<Response/>', RecordingStatusCallback: 'x' }, 21205],
    [{ To: NOBODY, From: OURS, Twiml: 'x'.repeat(4001) }, 32018],
    [{ To: NOBODY, From: '+15559998888', Twiml: '<Response/>' }, 21210],
    [{ To: NOBODY, From: OURS, Twiml: '<Response/>', SipAuthUsername: 'ann' }, 21225],
    [{ From: OURS, Twiml: '<Response/>' }, 21201],
    [{ To: NOBODY, Twiml: '<Response/>' }, 21213],
    [{ To: 'nobody', From: OURS, Twiml: '<Response/>' }, 21211],
    [{ To: NOBODY, From: OURS }, 21205],
    [{ To: NOBODY, From: OURS, Twiml: '<Response/>', Timeout: '0' }, 21208],
    [{ To: NOBODY, From: OURS, Twiml: '<Response/>', SendDigits: 'x' }, 21206],
    [{ To: NOBODY, From: OURS, Url: 'ftp://a', Method: 'PUT' }, 21205],
  ])('asked for as %j is refused with %i', async (form, code) => {
    const { status, body } = await create(form);

    expect([status, body.code]).toEqual([400, code]);
  });
});
