import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createAudioOffer, type OutgoingResult, type Registration } from '@tutti/sip';
import { describe, expect, it } from 'vitest';
import { createDeferred } from '../../src/deferred.ts';
import { openPeer, type Peer } from './_peer.ts';
import { BOB, eventually, type Json, OURS, twiml, World } from './_world.ts';

const PASSWORD = 'IWasAtSignal2018';
const DOMAIN = 'phones.example.com';
const OFFER = createAudioOffer({ host: '127.0.0.1', port: 9, codecs: ['PCMU'], sessionId: 1 });

const UNKNOWN_SUITE = ['m=audio 11 RTP/SAVP 0', 'a=crypto:1 AEAD_AES_256_GCM inline:AAAA', ''].join(
  '\r\n',
);

const certificate = (name: string): string =>
  fileURLToPath(new URL(`../../../sip/tests/certificates/${name}.pem`, import.meta.url));

const TLS = {
  TUTTI_SIP_TLS_PORT: '0',
  TUTTI_SIP_TLS_CERT: certificate('loopback'),
  TUTTI_SIP_TLS_KEY: certificate('loopback-key'),
  TUTTI_SIP_TLS_CA: certificate('authority'),
};

interface Lists {
  readonly domainSid: string;
  readonly credentialListSid: string;
}

/** A domain whose calls and phones are those of a credential list with `ada`. */
async function domain(
  world: World,
  settings: Readonly<Record<string, string>> = {},
  { calls = true, registrations = true } = {},
): Promise<Lists> {
  world.hooks.reply('/domain', twiml('<Gather timeout="30"/>'));
  const { sid: domainSid } = await world.post('/SIP/Domains.json', {
    DomainName: DOMAIN,
    VoiceUrl: world.hooks.at('/domain'),
    SipRegistration: 'true',
    ...settings,
  });
  const { sid: credentialListSid } = await world.post('/SIP/CredentialLists.json', {
    FriendlyName: 'phones',
  });
  await credential(world, credentialListSid, 'ada');
  const purposes = [...(calls ? ['Calls'] : []), ...(registrations ? ['Registrations'] : [])];
  for (const purpose of purposes) {
    await world.post(`/SIP/Domains/${domainSid}/Auth/${purpose}/CredentialListMappings.json`, {
      CredentialListSid: credentialListSid,
    });
  }
  return { domainSid, credentialListSid };
}

function credential(world: World, list: string, username: string): Promise<Json> {
  return world.post(`/SIP/CredentialLists/${list}/Credentials.json`, {
    Username: username,
    Password: PASSWORD,
  });
}

async function accessList(world: World, domainSid: string, ipAddress: string): Promise<void> {
  const { sid } = await world.post('/SIP/IpAccessControlLists.json', { FriendlyName: 'office' });
  await world.post(`/SIP/IpAccessControlLists/${sid}/IpAddresses.json`, {
    FriendlyName: 'pbx',
    IpAddress: ipAddress,
    CidrPrefixLength: '8',
  });
  await world.post(`/SIP/Domains/${domainSid}/Auth/Calls/IpAccessControlListMappings.json`, {
    IpAccessControlListSid: sid,
  });
}

/** Calls `user` of the domain by the server as its proxy. */
function dial(
  world: World,
  peer: Peer,
  user: string,
  more: { username?: string; password?: string; headers?: Record<string, string> } = {},
): Promise<OutgoingResult> {
  const { username, password = PASSWORD, headers } = more;
  return peer.endpoint.invite({
    uri: `sip:${user}@${DOMAIN}`,
    from: `sip:ada@${DOMAIN}`,
    proxy: world.tutti.sip,
    sdp: OFFER,
    ...(username === undefined ? {} : { credentials: { username, password } }),
    ...(headers === undefined ? {} : { headers }),
  }).result;
}

function registered(
  world: World,
  peer: Peer,
  username: string,
  more: { user?: string; password?: string; proxy?: string } = {},
): Registration {
  const { user = username, password = PASSWORD, proxy = world.tutti.sip } = more;
  return peer.endpoint.register({
    registrar: `sip:${DOMAIN}`,
    aor: `sip:${user}@${DOMAIN}`,
    proxy,
    credentials: { username, password },
  });
}

/** A NAT before the server: what passes through it may be cut, and no longer be let in. */
async function nat(world: World) {
  const open = new Set<Socket>();
  const port = Number(world.tutti.sip.split(':').at(-1));
  const server = createServer((phone) => {
    const onward = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [phone, onward],
      [onward, phone],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => undefined);
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    proxy: `sip:127.0.0.1:${address.port};transport=tcp`,
    cut,
    close: () => {
      server.close();
      cut();
    },
  };
}

const nobody = (): Promise<Peer> => openPeer((call) => call.reject(603));

describe.concurrent('a call to a SIP domain', () => {
  it('that proves its username runs the voice URL, which is told what came by SIP', async () => {
    await using world = await World.open();
    const { domainSid } = await domain(world, {
      VoiceStatusCallbackUrl: world.hooks.at('/domain-status'),
    });
    await using peer = await nobody();

    const result = await dial(world, peer, 'sales', {
      username: 'ada',
      headers: { 'X-Customer': 'c 42', 'X-Empty': '' },
    });
    if (result.kind !== 'answered') throw new Error(result.kind);

    const asked = await world.hooks.next('/domain');
    expect(asked).toMatchObject({ signatureValid: true });
    expect(asked.parameters).toMatchObject({
      From: `sip:ada@${DOMAIN}`,
      To: `sip:sales@${DOMAIN}`,
      Direction: 'inbound',
      SipDomain: DOMAIN,
      SipDomainSid: domainSid,
      SipUsername: 'ada',
      SipSourceIp: '127.0.0.1',
      SipCallId: result.dialog.callId,
      'SipHeader_X-Customer': 'c 42',
    });
    await result.dialog.bye();
    const ended = await world.hooks.next('/domain-status');
    expect(ended.parameters).toMatchObject({ CallStatus: 'completed', SipDomain: DOMAIN });
    await world.quiet();
  });

  it('is refused while no list says who may call, and the alert names the request that helps', async () => {
    await using world = await World.open();
    const { domainSid } = await domain(world, {}, { calls: false });
    await using peer = await nobody();

    expect(await dial(world, peer, 'sales', { username: 'ada' })).toMatchObject({ status: 403 });

    expect(await world.alert(32200)).toContain(
      `SIP/Domains/${domainSid}/Auth/Calls/CredentialListMappings.json`,
    );
    expect((await world.get('/Calls.json')).calls).toEqual([]);
  });

  it.each([
    ['an unknown username', 'bob', PASSWORD],
    ['a wrong password', 'ada', 'WrongWrong2018'],
  ])('with %s is refused, and an alert names the lists', async (_what, username, password) => {
    await using world = await World.open();
    const { credentialListSid } = await domain(world);
    await using peer = await nobody();

    const result = await dial(world, peer, 'sales', { username, password });

    expect(result).toMatchObject({ kind: 'refused', status: 403 });
    const text = await world.alert(32202);
    expect(text).toContain(credentialListSid);
    expect(text).toContain(username);
    expect(world.hooks.caught).toEqual([]);
  });

  it('takes a new password at once, and the old one no more', async () => {
    await using world = await World.open();
    const { credentialListSid } = await domain(world);
    await using peer = await nobody();
    const path = `/SIP/CredentialLists/${credentialListSid}/Credentials`;
    const { credentials } = await world.get(`${path}.json`);
    await world.post(`${path}/${credentials[0].sid}.json`, { Password: 'Changed2018Changed' });

    const before = await dial(world, peer, 'sales', { username: 'ada' });
    const after = await dial(world, peer, 'sales', {
      username: 'ada',
      password: 'Changed2018Changed',
    });

    expect([before.kind, after.kind]).toEqual(['refused', 'answered']);
  });

  it('comes in from an address of its access list, without a password', async () => {
    await using world = await World.open();
    const { domainSid } = await domain(world, {}, { calls: false });
    await accessList(world, domainSid, '127.1.2.3');
    await using peer = await nobody();

    const result = await dial(world, peer, 'sales');

    expect(result.kind).toBe('answered');
    const { parameters } = await world.hooks.next('/domain');
    expect(parameters).not.toHaveProperty('SipUsername');
  });

  it('from another address is refused, whatever its password', async () => {
    await using world = await World.open();
    const { domainSid } = await domain(world);
    await accessList(world, domainSid, '10.0.0.0');
    await using peer = await nobody();

    const result = await dial(world, peer, 'sales', { username: 'ada' });

    expect(result).toMatchObject({ kind: 'refused', status: 403 });
    expect(await world.alert(32201)).toContain('127.0.0.1');
  });

  it('in the clear is refused where the domain is Secure', async () => {
    await using world = await World.open();
    await domain(world, { Secure: 'true' });
    await using peer = await nobody();

    const result = await dial(world, peer, 'sales', { username: 'ada' });

    expect(result).toMatchObject({ kind: 'refused', status: 403 });
    expect(await world.alert(32209)).toContain('TLS');
  });

  it.each([
    ['plain RTP', OFFER],
    ['plain RTP beside SRTP of an unknown suite', `${OFFER}${UNKNOWN_SUITE}`],
  ])('over TLS with %s is refused where the domain is Secure', async (_what, sdp) => {
    await using world = await World.open({ env: TLS });
    await domain(world, { Secure: 'true' });
    const { sips } = await world.get('/v1/Server');
    await using peer = await openPeer((call) => call.reject(603), {
      tls: { ca: readFileSync(TLS.TUTTI_SIP_TLS_CA, 'utf8') },
    });

    const { result } = peer.endpoint.invite({
      uri: `sip:sales@${DOMAIN}`,
      from: `sip:ada@${DOMAIN}`,
      proxy: `${sips.replace('sips:', 'sip:')};transport=tls`,
      sdp,
      credentials: { username: 'ada', password: PASSWORD },
    });

    expect(await result).toMatchObject({ kind: 'refused', status: 488 });
    expect(await world.alert(32208)).toContain('SRTP');
  });

  it('without a VoiceUrl is refused, unless a Conductor has the address', async () => {
    await using world = await World.open();
    await domain(world, { VoiceUrl: '' });
    await using peer = await nobody();

    const refused = await dial(world, peer, 'sales', { username: 'ada' });
    await world.conversation({ ProxyAddress: `sip:room@${DOMAIN}` });
    const bound = await dial(world, peer, 'room', { username: 'ada' });

    expect(refused).toMatchObject({ kind: 'refused', status: 404 });
    expect(await world.alert(75018)).toContain('VoiceUrl');
    expect(bound.kind).toBe('answered');
    expect(await world.onlyCall()).toMatchObject({
      to: `sip:room@${DOMAIN}`,
      conductor_sid: expect.stringMatching(/^CN/),
    });
  });
});

describe.concurrent('a phone of a SIP domain', () => {
  it('registers with its username and is dialled by its address, with headers', async () => {
    const seen: (string | undefined)[] = [];
    await using world = await World.open();
    await domain(world);
    await using phone = await openPeer((call) => {
      seen.push(call.request.headers.get('x-hello'));
      void call.answer(OFFER);
    });
    const registration = registered(world, phone, 'ada');
    await registration.registered;

    const placed = await world.place({
      To: `sip:ada@${DOMAIN}?X-Hello=there`,
      Twiml: twiml('<Hangup/>'),
    });

    await world.becomes(placed.sid, 'completed');
    expect(seen).toEqual(['there']);
    await registration.close();
  });

  it('is reached by <Dial><Sip>', async () => {
    await using world = await World.open();
    await domain(world);
    await using phone = await openPeer((call) => void call.answer(OFFER));
    const registration = registered(world, phone, 'ada');
    await registration.registered;
    const caller = await world.phone(BOB);
    await world.answers(
      twiml(`<Dial action="${world.hooks.at('/done')}"><Sip>sip:ada@${DOMAIN}</Sip></Dial>`),
    );
    world.hooks.reply('/done', twiml('<Hangup/>'));

    const call = await caller.dial(OURS);
    await eventually(async () => {
      const { calls } = await world.get('/Calls.json?Status=in-progress');
      expect(calls).toHaveLength(2);
    });
    await call.hangUp();

    await world.quiet();
    await registration.close();
  });

  it('behind NAT whose connection is cut registers by another at once, and is called by that', async () => {
    await using world = await World.open();
    await domain(world);
    const way = await nat(world);
    let granted = 0;
    const renewed = createDeferred<void>();
    await using phone = await openPeer((call) => void call.answer(OFFER), {
      advertisedHost: '10.0.0.5',
      onTrace: ({ direction, text }) => {
        if (direction === 'in' && text.startsWith('SIP/2.0 200')) granted += 1;
        if (granted === 2) renewed.resolve();
      },
    });
    const registration = registered(world, phone, 'ada', { proxy: way.proxy });
    await registration.registered;

    way.cut();
    await renewed.promise;
    const { sid } = await world.place({ To: `sip:ada@${DOMAIN}`, Twiml: twiml('<Hangup/>') });
    await world.becomes(sid, 'completed');

    await registration.close();
    way.close();
  });

  it('behind NAT whose connection is cut for good fails its calls at once, as 480', async () => {
    await using world = await World.open();
    await domain(world);
    const way = await nat(world);
    await using phone = await openPeer((call) => void call.answer(OFFER), {
      advertisedHost: '10.0.0.5',
    });
    await registered(world, phone, 'ada', { proxy: way.proxy }).registered;
    way.close();
    await eventually(() => Promise.resolve(expect(phone.endpoint.counts.connections).toBe(0)));

    const placed = await world.place({
      To: `sip:ada@${DOMAIN}`,
      Twiml: twiml('<Hangup/>'),
      StatusCallback: world.hooks.at('/status'),
    });

    const ended = await world.hooks.next('/status');
    expect(ended.parameters).toMatchObject({
      CallSid: placed.sid,
      CallStatus: 'failed',
      SipResponseCode: '480',
    });
    expect(await world.alert(32011)).toContain('It can be called once it registers again');
  });

  it('that is not registered is not reached: the alert says how it could be', async () => {
    await using world = await World.open();
    await domain(world);

    const placed = await world.place({ To: `sip:bob@${DOMAIN}`, Twiml: twiml('<Hangup/>') });
    const nameless = await world.place({ To: `sip:${DOMAIN}`, Twiml: twiml('<Hangup/>') });

    await world.becomes(placed.sid, 'failed');
    expect(await world.alert(32009)).toContain(`Let it register as bob@${DOMAIN}`);
    await world.becomes(nameless.sid, 'failed');
    expect(await world.alert(32223)).toContain(`sip:${DOMAIN}`);
  });

  it.each([
    [
      'where registrations are off',
      { SipRegistration: 'false' },
      {},
      32210,
      'SipRegistration=true',
    ],
    ['without a list', {}, { registrations: false }, 32212, 'Auth/Registrations'],
  ])('is refused %s', async (_what, settings, lists, code, remedy) => {
    await using world = await World.open();
    await domain(world, settings, lists);
    await using phone = await nobody();

    await expect(registered(world, phone, 'ada').registered).rejects.toThrow('403');

    expect(await world.alert(code)).toContain(remedy);
  });

  it.each([
    ['a wrong password', 'ada', { password: 'WrongWrong2018' }, 'wrong'],
    ['the name of another', 'ada', { user: 'bob' }, 'may register as ada only'],
  ])('with %s is refused', async (_what, username, more, problem) => {
    await using world = await World.open();
    await domain(world);
    await using phone = await nobody();

    await expect(registered(world, phone, username, more).registered).rejects.toThrow('403');

    expect(await world.alert(32212)).toContain(problem);
  });

  it('beyond the tenth of one name is refused', async () => {
    await using world = await World.open();
    await domain(world);
    const peers = await Promise.all(Array.from({ length: 11 }, nobody));

    for (const peer of peers.slice(0, 10)) await registered(world, peer, 'ada').registered;
    await expect(registered(world, peers[10] as Peer, 'ada').registered).rejects.toThrow('403');

    expect(await world.alert(32007)).toContain('10 phones have that name');
    await Promise.all(peers.map((peer) => peer[Symbol.asyncDispose]()));
  });
});

// By themselves: what they ask for takes all there is.
describe.sequential('a flood at a SIP domain', () => {
  it('of wrong passwords is not looked at any more, and an alert says so', async () => {
    await using world = await World.open();
    await domain(world);
    await using peer = await nobody();
    const wrong = { username: 'ada', password: 'WrongWrong2018' };

    const results = await Promise.all(
      Array.from({ length: 70 }, () => dial(world, peer, 'sales', wrong)),
    );

    const statuses = results.map((result) => result.kind === 'refused' && result.status);
    expect(statuses.filter((status) => status === 403).length).toBeGreaterThanOrEqual(60);
    expect(statuses).toContain(503);
    const alerts = await eventually(async () => {
      const all: Json[] = await world.alerts(32202);
      expect(all.map(({ alert_text: text }) => text).join(' ')).toContain('since 60 wrong ones');
      return all;
    });
    // Of each of the two kinds ten, of 70.
    expect(alerts.length).toBeLessThanOrEqual(20);
  });

  it('of registrations is told to come later', async () => {
    await using world = await World.open();
    await domain(world);
    await using phone = await nobody();

    // Without credentials, so that each is one request.
    const all = await Promise.all(
      Array.from({ length: 400 }, () =>
        phone.endpoint
          .register({
            registrar: `sip:${DOMAIN}`,
            aor: `sip:ada@${DOMAIN}`,
            proxy: world.tutti.sip,
          })
          .registered.then(() => 'registered', String),
      ),
    );

    expect(all.filter((said) => said.includes('503')).length).toBeGreaterThan(0);
    expect(await world.alert(32008)).toContain('more than 100');
  });
});
