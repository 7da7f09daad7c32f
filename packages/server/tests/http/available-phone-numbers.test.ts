import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusalOf, startTestServer, type TestServer } from '../_server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const numbers = () => server.client.availablePhoneNumbers('US');
const path = () => `/2010-04-01/Accounts/${server.accountSid}/AvailablePhoneNumbers`;

describe('AvailablePhoneNumbers', () => {
  test('are of one country, with the kinds there are', async () => {
    const { client } = server;

    const countries = await client.availablePhoneNumbers.list();
    const fetched = await numbers().fetch();
    const other = await refusalOf(client.availablePhoneNumbers('GB').fetch());

    expect(countries.map(({ countryCode }) => countryCode)).toEqual(['US']);
    expect(fetched).toMatchObject({ country: 'United States', beta: false });
    expect(Object.keys(fetched.subresourceUris)).toEqual(['local', 'mobile', 'toll_free']);
    expect(other).toMatchObject({ status: 404, code: 20_404 });
    expect(other.message).toContain('US alone');
  });

  test('of an area code are bought, by number and by area code, and are offered no more', async () => {
    const { client } = server;
    const [first] = await numbers().local.list({ areaCode: 415, limit: 1 });

    const bought = await client.incomingPhoneNumbers.create({
      phoneNumber: first?.phoneNumber ?? '',
    });
    const made = await client.incomingPhoneNumbers.create({ areaCode: '415' });
    const left = await numbers().local.list({ areaCode: 415, pageSize: 1000 });
    const again = await refusalOf(
      client.incomingPhoneNumbers.create({ phoneNumber: bought.phoneNumber }),
    );

    expect(first).toMatchObject({
      phoneNumber: '+14155550100',
      friendlyName: '(415) 555-0100',
      isoCountry: 'US',
      addressRequirements: 'none',
      capabilities: { voice: true, SMS: true, MMS: false, fax: false },
    });
    expect([bought.phoneNumber, made.phoneNumber]).toEqual(['+14155550100', '+14155550101']);
    expect(left).toHaveLength(98);
    expect(left[0]?.phoneNumber).toBe('+14155550102');
    expect(again).toMatchObject({ code: 21_422 });
  });

  test('are found by a pattern of digits, letters and any digit', async () => {
    const [exact] = await numbers().local.list({ contains: '510555015*', pageSize: 20 });
    const ending = await numbers().local.list({ contains: 'JKL0199', areaCode: 212 });
    const tollFree = await numbers().tollFree.list({ pageSize: 7 });

    expect(exact?.phoneNumber).toBe('+15105550150');
    expect(ending.map(({ phoneNumber }) => phoneNumber)).toEqual(['+12125550199']);
    expect(tollFree.map(({ phoneNumber }) => phoneNumber.slice(2, 5))).toEqual([
      '800',
      '833',
      '844',
      '855',
      '866',
      '877',
      '888',
    ]);
  });

  test.for([
    ['Local', { MmsEnabled: 'true' }],
    ['Local', { FaxEnabled: 'true' }],
    ['Local', { AreaCode: '800' }],
    ['TollFree', { AreaCode: '415' }],
    ['National', {}],
    ['Voip', {}],
  ] as const)('%s with %o are none', async ([kind, sent]) => {
    const query = new URLSearchParams(sent).toString();

    const { status, body } = await server.request('GET', `${path()}/US/${kind}.json?${query}`);

    expect(status).toBe(200);
    expect(body.available_phone_numbers).toEqual([]);
  });

  test.for([
    ['AreaCode', '41', 20_001],
    ['Contains', 'a', 20_001],
    ['Contains', '41_5', 20_001],
    ['InRegion', 'CA', 75_016],
  ] as const)('%s=%s is refused', async ([name, value, code]) => {
    const { status, body } = await server.request(
      'GET',
      `${path()}/US/Local.json?${name}=${value}`,
    );

    expect(status).toBe(400);
    expect(body).toMatchObject({ code });
    expect(body.message).toContain(name);
  });
});

describe('what the subresource_uris of a call name', () => {
  test('is answered, or said not to be carried', async () => {
    const number = await server.client.incomingPhoneNumbers.create({ areaCode: '202' });
    const call = await server.client.calls.create({
      to: 'sip:nobody@127.0.0.1',
      from: number.phoneNumber,
      twiml: '<Response/>',
      statusCallback: 'http://127.0.0.1:9/status',
      statusCallbackEvent: ['initiated'],
    });
    const uris = call.subresourceUris as unknown as Readonly<Record<string, string>>;

    const answers = new Map<string, { status: number; body: { code?: number } }>();
    for (const [name, uri] of Object.entries(uris)) {
      answers.set(name, await server.request('GET', uri));
    }
    const events = await server.client.calls(call.sid).events.list();

    const uncarried = [
      'payments',
      'siprec',
      'user_defined_messages',
      'user_defined_message_subscriptions',
    ];
    for (const name of ['notifications', 'recordings', 'events']) {
      expect(answers.get(name)?.status).toBe(200);
    }
    for (const name of uncarried) {
      expect(answers.get(name)).toMatchObject({ status: 501, body: { code: 75_016 } });
    }
    for (const { request } of events) {
      expect(request).toMatchObject({ method: 'POST', url: 'http://127.0.0.1:9/status' });
    }
  });
});
