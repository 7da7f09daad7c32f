import { systemOrigin } from '../../src/actions/context.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPhoneNumber } from '../../src/actions/create-phone-number.ts';
import { randomIds } from '../../src/base/ids.ts';
import { defaultVoiceUrls } from '../../src/model/voice-urls.ts';
import { insertPhoneNumber } from '../../src/store/phone-numbers.ts';
import { openActions } from '../_open-actions.ts';
import { refusalOf, startTestServer, type TestServer } from '../_server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const collection = () => `/2010-04-01/Accounts/${server.accountSid}/IncomingPhoneNumbers`;

describe('IncomingPhoneNumbers', () => {
  test('the official client creates, fetches, updates, lists and deletes one', async () => {
    const { client } = server;
    const application = await client.applications.create({});

    const made = await client.incomingPhoneNumbers.create({
      phoneNumber: '+15557654321',
      voiceUrl: 'https://example.com/voice',
    });
    const changed = await client.incomingPhoneNumbers(made.sid).update({
      friendlyName: 'Hotline',
      voiceApplicationSid: application.sid,
      voiceReceiveMode: 'voice',
      accountSid: server.accountSid,
    });
    const listed = await client.incomingPhoneNumbers.list({ phoneNumber: '+1555765*' });
    const fetched = await client.incomingPhoneNumbers(made.sid).fetch();
    await client.incomingPhoneNumbers(made.sid).remove();
    const gone = await refusalOf(client.incomingPhoneNumbers(made.sid).fetch());

    expect(made).toMatchObject({
      accountSid: server.accountSid,
      phoneNumber: '+15557654321',
      friendlyName: '(555) 765-4321',
      voiceUrl: 'https://example.com/voice',
      voiceReceiveMode: 'voice',
      voiceApplicationSid: null,
      trunkSid: null,
      capabilities: { voice: true, sms: true, mms: false, fax: false },
      origin: 'twilio',
      beta: false,
      addressRequirements: 'none',
      emergencyStatus: 'Inactive',
      status: 'in-use',
      type: 'local',
      uri: `${collection()}/${made.sid}.json`,
    });
    expect(changed).toMatchObject({
      friendlyName: 'Hotline',
      voiceApplicationSid: application.sid,
    });
    expect(listed.map(({ sid }) => sid)).toEqual([made.sid]);
    expect(fetched.toJSON()).toEqual(changed.toJSON());
    expect(gone).toMatchObject({ status: 404, code: 20404 });
  });

  test('a number is made up for an area code', async () => {
    const { client } = server;

    const first = await client.incomingPhoneNumbers.create({ areaCode: '415' });
    const second = await client.incomingPhoneNumbers.create({ areaCode: '415' });

    expect(first.phoneNumber).toMatch(/^\+1415555\d{4}$/);
    expect(second.phoneNumber).toMatch(/^\+1415555\d{4}$/);
    expect(second.phoneNumber).not.toBe(first.phoneNumber);
  });

  test('Local, Mobile and TollFree are the same list', async () => {
    const { client } = server;
    const local = await client.incomingPhoneNumbers.local.create({ phoneNumber: '+15550002001' });
    const mobile = await client.incomingPhoneNumbers.mobile.create({ phoneNumber: '+15550002002' });
    const tollFree = await client.incomingPhoneNumbers.tollFree.create({
      phoneNumber: '+18005550199',
    });

    const listed = await client.incomingPhoneNumbers.mobile.list();

    expect(listed.map(({ sid }) => sid)).toEqual(
      expect.arrayContaining([local.sid, mobile.sid, tollFree.sid]),
    );
    const { body } = await server.request('GET', `${collection()}/${tollFree.sid}.json`);
    expect(body.type).toBe('toll-free');
  });

  test('separators that people write are taken out of a number', async () => {
    const { body } = await server.request('POST', `${collection()}.json`, {
      PhoneNumber: '+1 (555) 000-3001',
    });

    expect(body.phone_number).toBe('+15550003001');
  });

  test.each([
    [{ PhoneNumber: '5550001' }, 21421, '"+"'],
    [{ PhoneNumber: '' }, 21421, 'empty'],
    [{}, 20001, 'PhoneNumber'],
    [{ AreaCode: '12' }, 20001, 'AreaCode'],
    [{ VoiceUrl: 'nowhere' }, 21402, 'VoiceUrl'],
    [{ VoiceMethod: 'PATCH' }, 21403, 'VoiceMethod'],
    [{ VoiceFallbackUrl: 'https://example.com' }, 21405, 'VoiceUrl'],
    [{ FriendlyName: 'x'.repeat(65) }, 20002, 'FriendlyName'],
    [{ TrunkSid: `TK${'1'.repeat(32)}` }, 75016, 'TrunkSid'],
    [{ BundleSid: `BU${'1'.repeat(32)}` }, 75016, 'BundleSid'],
    [{ AddressSid: `AD${'1'.repeat(32)}` }, 75016, 'AddressSid'],
    [{ IdentitySid: `RI${'1'.repeat(32)}` }, 75016, 'IdentitySid'],
    [{ EmergencyStatus: 'Active' }, 75016, 'EmergencyStatus'],
    [{ VoiceReceiveMode: 'fax' }, 75016, 'VoiceReceiveMode'],
    [{ VoiceApplicationSid: `AP${'1'.repeat(31)}2` }, 21218, 'no such Application'],
    [{ SmsApplicationSid: `CN${'1'.repeat(31)}2` }, 21218, 'Conductor'],
  ])('%j is refused with %i', async (form, code, words) => {
    const path = `${collection()}.json`;
    const needsNumber = !('PhoneNumber' in form || 'AreaCode' in form) && code !== 20001;

    const { status, body } = await server.request('POST', path, {
      ...(needsNumber && { PhoneNumber: '+15550004001' }),
      ...form,
    });

    expect([status, body.code]).toEqual([400, code]);
    expect(body.message).toContain(words);
    const { body: list } = await server.request('GET', `${path}?PhoneNumber=%2B15550004001`);
    expect(list.incoming_phone_numbers).toEqual([]);
  });

  test('parameters without meaning here are taken when they are empty', async () => {
    const { status } = await server.request('POST', `${collection()}.json`, {
      PhoneNumber: '+15550005001',
      TrunkSid: '',
      BundleSid: '',
    });

    expect(status).toBe(201);
  });

  test('a number that is in use is refused with 21422', async () => {
    const { client } = server;
    await client.incomingPhoneNumbers.create({ phoneNumber: '+15550006001' });

    const refused = await refusalOf(
      client.incomingPhoneNumbers.create({ phoneNumber: '+15550006001' }),
    );

    expect(refused).toMatchObject({ status: 400, code: 21422 });
  });

  test('an area code whose numbers are all taken is refused with 21452', async () => {
    await using context = await openActions();
    const accountSid = randomIds.sid('AC');
    const settings = {
      ...defaultVoiceUrls,
      friendlyName: null,
      voiceApplicationSid: null,
      smsApplicationSid: null,
    };
    const row = await createPhoneNumber(
      context,
      accountSid,
      { areaCode: '212' },
      settings,
      systemOrigin,
    );
    await context.transact(async (tx) => {
      for (let line = 0; line < 10_000; line += 1) {
        const phoneNumber = `+1212555${String(line).padStart(4, '0')}`;
        if (phoneNumber === row.phoneNumber) continue;
        await insertPhoneNumber(tx, { ...row, sid: randomIds.sid('PN'), phoneNumber });
      }
    });

    const refused = createPhoneNumber(
      context,
      accountSid,
      { areaCode: '212' },
      settings,
      systemOrigin,
    );

    await expect(refused).rejects.toMatchObject({ status: 400, code: 21452 });
  });

  test('filters that no number here meets give an empty list', async () => {
    const { client } = server;

    expect(await client.incomingPhoneNumbers.list({ beta: true })).toEqual([]);
    expect(await client.incomingPhoneNumbers.list({ origin: 'hosted' })).toEqual([]);
  });

  test('a number is not moved to another account', async () => {
    const number = await server.client.incomingPhoneNumbers.create({ phoneNumber: '+15550007001' });

    const { status, body } = await server.request('POST', `${collection()}/${number.sid}.json`, {
      AccountSid: `AC${'12'.repeat(16)}`,
    });

    expect([status, body.code]).toEqual([400, 75016]);
  });
});
