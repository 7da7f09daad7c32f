import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusalOf, startTestServer, type TestServer } from '../_server.ts';

const PASSWORD = 'IWasAtSignal2018';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

let count = 0;
const newName = (): string => `d${(count += 1)}.example.com`;
const at = (path: string) => `/2010-04-01/Accounts/${server.accountSid}/SIP/${path}.json`;

describe('SIP domains', () => {
  test('the official client creates, fetches, updates, lists and deletes one', async () => {
    const { domains } = server.client.sip;

    const made = await domains.create({
      domainName: 'Phones.Example.com',
      friendlyName: 'Phones',
      voiceUrl: 'https://example.com/voice',
      voiceStatusCallbackUrl: 'https://example.com/status',
      sipRegistration: true,
    });
    const fetched = await domains(made.sid).fetch();
    const changed = await domains(made.sid).update({
      voiceMethod: 'GET',
      secure: true,
      domainName: 'desk.example.com',
    });
    const listed = await domains.list();
    await domains(made.sid).remove();
    const gone = await refusalOf(domains(made.sid).fetch());

    expect(made.sid).toMatch(/^SD[0-9a-f]{32}$/);
    expect(fetched.toJSON()).toEqual(made.toJSON());
    expect(made).toMatchObject({
      accountSid: server.accountSid,
      domainName: 'phones.example.com',
      friendlyName: 'Phones',
      authType: '',
      voiceUrl: 'https://example.com/voice',
      voiceMethod: 'POST',
      voiceFallbackUrl: null,
      voiceStatusCallbackUrl: 'https://example.com/status',
      voiceStatusCallbackMethod: 'POST',
      sipRegistration: true,
      secure: false,
      emergencyCallingEnabled: false,
      byocTrunkSid: null,
      emergencyCallerSid: null,
    });
    expect(Object.keys(made.subresourceUris)).toHaveLength(5);
    expect(changed).toMatchObject({
      voiceMethod: 'GET',
      secure: true,
      domainName: 'desk.example.com',
      voiceUrl: 'https://example.com/voice',
    });
    expect(listed.map(({ sid }) => sid)).toEqual([made.sid]);
    expect(gone).toMatchObject({ status: 404, code: 20404 });
  });

  test.each([
    [{}, 20001],
    [{ DomainName: 'phones' }, 21231],
    [{ DomainName: '192.0.2.1' }, 21231],
    [{ DomainName: 'a b.example.com' }, 21231],
    [{ DomainName: `${'a'.repeat(64)}.example.com` }, 21231],
    [{ DomainName: 'bad.example.com', VoiceUrl: 'example.com' }, 21402],
    [{ DomainName: 'bad.example.com', VoiceMethod: 'PUT' }, 21403],
    [{ DomainName: 'bad.example.com', VoiceFallbackUrl: 'https://example.com/' }, 21405],
    [{ DomainName: 'bad.example.com', SipRegistration: 'maybe' }, 20001],
  ])('%j is refused with %i, and nothing is made', async (form, code) => {
    const { status, body } = await server.request('POST', at('Domains'), form);

    expect([status, body.code]).toEqual([400, code]);
    expect((await server.request('GET', at('Domains'))).body.domains).not.toContainEqual(
      expect.objectContaining({ domain_name: 'bad.example.com' }),
    );
  });

  test('a name is taken once on the whole server, and free again when its account is closed', async () => {
    const { client } = server;
    const domainName = newName();
    const sub = await client.api.accounts.create({});
    const own = server.clientOf(sub.sid, sub.authToken, sub.sid);
    await own.sip.domains.create({ domainName });

    const taken = await refusalOf(client.sip.domains.create({ domainName }));
    await client.api.accounts(sub.sid).update({ status: 'closed' });
    const made = await client.sip.domains.create({ domainName });

    expect(taken).toMatchObject({ status: 400, code: 20001 });
    expect(made.domainName).toBe(domainName);
  });
});

describe('Credential lists and access lists', () => {
  test('the official client keeps usernames, whose passwords nobody is told', async () => {
    const { credentialLists } = server.client.sip;

    const list = await credentialLists.create({ friendlyName: 'Desk phones' });
    const { credentials } = credentialLists(list.sid);
    const made = await credentials.create({ username: 'ada', password: PASSWORD });
    const changed = await credentials(made.sid).update({ password: `${PASSWORD}x` });
    const listed = await server.request('GET', at(`CredentialLists/${list.sid}/Credentials`));
    const twice = await refusalOf(credentials.create({ username: 'ada', password: PASSWORD }));
    const renamed = await credentialLists(list.sid).update({ friendlyName: 'Phones' });
    const events = await server.request('GET', '/monitor/v1/Events?PageSize=1000');

    expect(made).toMatchObject({ username: 'ada', credentialListSid: list.sid });
    expect(made.sid).toMatch(/^CR/);
    expect(changed.sid).toBe(made.sid);
    expect(listed.body.credentials).toHaveLength(1);
    expect(twice).toMatchObject({ status: 400, code: 20001 });
    expect(renamed.friendlyName).toBe('Phones');
    expect(events.body.events).toContainEqual(
      expect.objectContaining({ event_type: 'sip-credential.updated', resource_sid: made.sid }),
    );
    for (const { body } of [listed, events]) {
      expect(JSON.stringify(body)).not.toMatch(/IWasAtSignal|ha1/i);
    }
    expect(await credentials(made.sid).remove()).toBe(true);
    expect(await credentialLists(list.sid).remove()).toBe(true);
  });

  test.each([
    [{ Username: 'ada' }],
    [{ Username: 'a d a', Password: PASSWORD }],
    [{ Username: 'a'.repeat(33), Password: PASSWORD }],
    [{ Username: 'ada', Password: 'Short1' }],
    [{ Username: 'ada', Password: 'nocapitals2018' }],
    [{ Username: 'ada', Password: 'NoDigitsAtAllHere' }],
  ])('the credential %j is refused, and its password not repeated', async (form) => {
    const { sid } = await server.client.sip.credentialLists.create({ friendlyName: 'x' });

    const answer = await server.request('POST', at(`CredentialLists/${sid}/Credentials`), form);

    expect([answer.status, answer.body.code]).toEqual([400, 20001]);
    expect(JSON.stringify(answer.body)).not.toMatch(/Short1|nocapitals|NoDigits/);
  });

  test('the official client keeps networks', async () => {
    const { ipAccessControlLists } = server.client.sip;

    const list = await ipAccessControlLists.create({ friendlyName: 'Office' });
    const { ipAddresses } = ipAccessControlLists(list.sid);
    const one = await ipAddresses.create({ friendlyName: 'pbx', ipAddress: '192.0.2.7' });
    const net = await ipAddresses.create({
      friendlyName: 'v6',
      ipAddress: '2001:db8::',
      cidrPrefixLength: 48,
    });
    const changed = await ipAddresses(one.sid).update({ cidrPrefixLength: 24 });
    const listed = await ipAddresses.list();

    expect(one).toMatchObject({ ipAddress: '192.0.2.7', cidrPrefixLength: 32 });
    expect(net).toMatchObject({ cidrPrefixLength: 48, ipAccessControlListSid: list.sid });
    expect(changed).toMatchObject({ ipAddress: '192.0.2.7', cidrPrefixLength: 24 });
    expect(listed).toHaveLength(2);
    expect(await ipAddresses(one.sid).remove()).toBe(true);
  });

  test.each([
    [{ FriendlyName: 'x' }],
    [{ IpAddress: '192.0.2.1' }],
    [{ FriendlyName: 'x', IpAddress: 'example.com' }],
    [{ FriendlyName: 'x', IpAddress: '192.0.2.1', CidrPrefixLength: '33' }],
  ])('the address %j is refused', async (form) => {
    const { sid } = await server.client.sip.ipAccessControlLists.create({ friendlyName: 'x' });

    const answer = await server.request(
      'POST',
      at(`IpAccessControlLists/${sid}/IpAddresses`),
      form,
    );

    expect([answer.status, answer.body.code]).toEqual([400, 20001]);
  });
});

describe('Mappings', () => {
  test('say who may call and who may register, under their old paths and their new ones', async () => {
    const { sip } = server.client;
    const domain = await sip.domains.create({ domainName: newName() });
    const credentials = await sip.credentialLists.create({ friendlyName: 'Phones' });
    const addresses = await sip.ipAccessControlLists.create({ friendlyName: 'Office' });
    const { calls, registrations } = sip.domains(domain.sid).auth;

    const made = await calls.credentialListMappings.create({ credentialListSid: credentials.sid });
    await calls.ipAccessControlListMappings.create({ ipAccessControlListSid: addresses.sid });
    await registrations.credentialListMappings.create({ credentialListSid: credentials.sid });
    const fetched = await sip.domains(domain.sid).fetch();
    const old = await sip.domains(domain.sid).credentialListMappings.list();
    const again = await sip
      .domains(domain.sid)
      .credentialListMappings.create({ credentialListSid: credentials.sid });
    const inUse = await refusalOf(sip.credentialLists(credentials.sid).remove());
    const ofAddresses = await calls.ipAccessControlListMappings.list();
    const ofRegistrations = await registrations.credentialListMappings(credentials.sid).fetch();

    expect(made).toMatchObject({ sid: credentials.sid, friendlyName: 'Phones' });
    expect(fetched.authType).toBe('IP_ACL,CREDENTIAL_LIST');
    expect(old).toMatchObject([{ sid: credentials.sid, domainSid: domain.sid }]);
    expect(again.sid).toBe(credentials.sid);
    expect(inUse).toMatchObject({ status: 400, code: 20001 });
    expect(inUse.message).toContain(domain.sid);
    expect(ofAddresses.map(({ sid }) => sid)).toEqual([addresses.sid]);
    expect(ofRegistrations.sid).toBe(credentials.sid);

    expect(await calls.credentialListMappings(credentials.sid).remove()).toBe(true);
    expect(await calls.credentialListMappings.list()).toEqual([]);
    expect(await registrations.credentialListMappings.list()).toHaveLength(1);
    await sip.domains(domain.sid).remove();
    expect(await sip.credentialLists(credentials.sid).remove()).toBe(true);
  });

  test('of a list of another kind, or of nobody, are refused', async () => {
    const { sip } = server.client;
    const { sid } = await sip.domains.create({ domainName: newName() });
    const addresses = await sip.ipAccessControlLists.create({ friendlyName: 'Office' });
    const path = at(`Domains/${sid}/Auth/Calls/CredentialListMappings`);

    const other = await server.request('POST', path, { CredentialListSid: addresses.sid });
    const nobody = await server.request('POST', path, {
      CredentialListSid: 'CL3f9c1e7ab24d5860f1e2d3c4b5a69788',
    });

    expect([other.status, other.body.code]).toEqual([400, 75002]);
    expect([nobody.status, nobody.body.code]).toEqual([400, 20001]);
  });
});
