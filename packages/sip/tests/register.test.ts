import { describe, expect, test } from 'vitest';

import {
  FakeClock,
  type IncomingRegister,
  parseAuthorization,
  type SipProblem,
  verifyDigest,
} from '../src/index.ts';
import { RawPeer } from './_raw-peer.ts';
import { Inbox, listen, listenForCalls, rawRequest, SDP } from './_setup.ts';

const REALM = 'example.com';

async function world(clock = new FakeClock()) {
  const requests = new Inbox<IncomingRegister>();
  const registrar = await listen({ clock, onRegister: requests.put });
  const problems = new Inbox<SipProblem>();
  const phone = await listen({ clock, onProblem: problems.put });
  const register = (extra: object = {}) =>
    phone.register({
      registrar: `sip:127.0.0.1:${registrar.port}`,
      aor: `sip:alice@${REALM}`,
      credentials: { username: 'alice', password: 'secret' },
      ...extra,
    });
  return { clock, requests, registrar, phone, problems, register };
}

describe('a registration', () => {
  test('answers the challenge, is refreshed in time and removed at the end', async () => {
    const { clock, requests, registrar, phone, register } = await world();
    await using _registrar = registrar;
    await using _phone = phone;
    const registration = register({ expiresSec: 600 });

    const first = await requests.next();
    expect(first.aor).toMatchObject({ user: 'alice', host: REALM });
    expect(first.authorizations).toEqual([]);
    first.challenge({ realm: REALM, nonce: 'n1' });
    const second = await requests.next();
    const [authorization] = second.authorizations;
    if (authorization === undefined) throw new Error('no authorization');
    expect(authorization.algorithm).toBe('MD5');
    expect(verifyDigest({ authorization, method: 'REGISTER', password: 'secret' })).toBe(true);
    expect(verifyDigest({ authorization, method: 'REGISTER', password: 'other' })).toBe(false);
    expect(second.contacts).toMatchObject([
      { uri: { user: 'alice', host: '127.0.0.1', port: phone.port }, expiresSec: 600 },
    ]);
    expect(second.request.headers.get('call-id')).toBe(first.request.headers.get('call-id'));
    second.accept(second.contacts.map(({ uri }) => ({ uri, expiresSec: 300 })));
    await registration.registered;

    clock.advance(270_000);
    const refresh = await requests.next();
    expect(refresh.authorizations[0]?.nc).toBe('00000002');
    refresh.accept(refresh.contacts);

    const closed = registration.close();
    const removal = await requests.next();
    expect(removal.contacts[0]?.expiresSec).toBe(0);
    removal.accept([]);
    await closed;
  });

  test('fails with the status when the password is wrong', async () => {
    const { requests, registrar, phone, register } = await world();
    await using _registrar = registrar;
    await using _phone = phone;
    const registration = register();

    (await requests.next()).challenge({ realm: REALM, nonce: 'n1' });
    (await requests.next()).challenge({ realm: REALM, nonce: 'n2' });

    await expect(registration.registered).rejects.toMatchObject({ code: 'refused', status: 401 });
  });

  test('takes a new nonce when the old one is stale', async () => {
    const { requests, registrar, phone, register } = await world();
    await using _registrar = registrar;
    await using _phone = phone;
    const registration = register();

    (await requests.next()).challenge({ realm: REALM, nonce: 'n1' });
    (await requests.next()).challenge({ realm: REALM, nonce: 'n2', stale: true });
    const third = await requests.next();
    expect(third.authorizations[0]?.nonce).toBe('n2');
    third.accept(third.contacts);

    await registration.registered;
    const closed = registration.close();
    (await requests.next()).accept([]);
    await closed;
  });

  test('asks for longer when the registrar finds the interval too brief', async () => {
    await using registrar = await RawPeer.open();
    await using phone = await listen();
    const registration = phone.register({
      registrar: `sip:127.0.0.1:${registrar.port}`,
      aor: 'sip:alice@example.com',
      expiresSec: 10,
    });

    registrar.answer(await registrar.request('REGISTER'), '423 Interval Too Brief', {
      headers: ['Min-Expires: 120'],
    });
    const second = await registrar.request('REGISTER');
    expect(second.headers.get('expires')).toBe('120');
    registrar.answer(second, '200 OK');
    await registration.registered;

    const closed = registration.close();
    registrar.answer(await registrar.request('REGISTER'), '200 OK');
    await closed;
  });

  test('that is too brief for us is told how long it must be, and asks for that', async () => {
    const { requests, registrar, phone, register } = await world();
    await using _registrar = registrar;
    await using _phone = phone;
    const registration = register({ expiresSec: 5 });

    (await requests.next()).rejectBrief(60);

    const second = await requests.next();
    expect(second.contacts).toMatchObject([{ expiresSec: 60 }]);
    second.accept(second.contacts);
    await registration.registered;
    const closed = registration.close();
    (await requests.next()).accept([]);
    await closed;
  });

  test('is tried again when a refresh fails', async () => {
    const { clock, requests, registrar, phone, problems, register } = await world();
    await using _registrar = registrar;
    await using _phone = phone;
    const registration = register({ expiresSec: 100 });
    const first = await requests.next();
    first.accept(first.contacts);
    await registration.registered;

    clock.advance(90_000);
    (await requests.next()).reject(503);
    await problems.next();
    clock.advance(60_000);
    const again = await requests.next();
    again.accept(again.contacts);
    const closed = registration.close();
    (await requests.next()).accept([]);
    await closed;
  });
});

describe('a registration over TCP', () => {
  /** A registrar that can drop its connections, and come back on the same port. */
  async function dropping() {
    const clock = new FakeClock();
    const requests = new Inbox<IncomingRegister>();
    const open = (port: number) => listen({ port, onRegister: requests.put });
    let registrar = await open(0);
    const { port } = registrar;
    const problems = new Inbox<SipProblem>();
    let sent = 0;
    const phone = await listen({
      clock,
      onProblem: problems.put,
      onTrace: ({ direction }) => {
        if (direction === 'out') sent += 1;
      },
    });
    const registration = phone.register({
      registrar: `sip:127.0.0.1:${port};transport=tcp`,
      aor: `sip:alice@${REALM}`,
    });
    const accept = async (): Promise<IncomingRegister> => {
      const request = await requests.next();
      request.accept(request.contacts);
      return request;
    };
    await accept();
    await registration.registered;
    return {
      problems,
      accept,
      /** Lets time pass until the phone tries again; the seconds that it took. */
      untilTried: async (): Promise<number> => {
        const before = sent;
        for (let sec = 0; ; sec += 1) {
          clock.advance(sec === 0 ? 0 : 1000);
          // It is sent once its way is resolved, which takes no time of the clock.
          await new Promise((resolve) => setImmediate(resolve));
          if (sent > before) return sec;
        }
      },
      stop: () => registrar.close(),
      start: async () => {
        registrar = await open(port);
      },
      [Symbol.asyncDispose]: async () => {
        const closed = registration.close();
        await accept();
        await closed;
        await phone.close();
        await registrar.close();
      },
    };
  }

  const lost = { message: 'Connection of a registration closed' };
  const unreachable = { message: 'Registration not refreshed' };

  test('whose connection is closed is renewed at once over a new one', async () => {
    await using world = await dropping();

    await world.stop();
    await world.start();
    expect(await world.problems.next()).toMatchObject(lost);
    expect(await world.untilTried()).toBe(0);

    const renewal = await world.accept();
    expect(renewal.source.transport).toBe('tcp');
    expect(renewal.cseq).toBe(2);
  });

  test('is tried again after 30 to 60 s, then 60 to 120 s, while nobody is there', async () => {
    await using world = await dropping();
    const { problems } = world;
    await world.stop();
    expect(await problems.next()).toMatchObject(lost);

    expect(await world.untilTried()).toBe(0);
    await untilRefused(problems, unreachable.message);
    for (const leastSec of [30, 60]) {
      const waitedSec = await world.untilTried();
      expect(waitedSec).toBeGreaterThanOrEqual(leastSec);
      expect(waitedSec).toBeLessThanOrEqual(2 * leastSec);
      await untilRefused(problems, unreachable.message);
    }

    await world.start();
    await world.untilTried();
    await world.accept();
  });

  test('whose new connection is closed again soon waits before the next', async () => {
    await using world = await dropping();
    const { problems } = world;
    await world.stop();
    await world.start();
    await problems.next();
    await world.untilTried();
    await world.accept();

    await world.stop();
    await world.start();
    expect(await problems.next()).toMatchObject(lost);
    expect(await world.untilTried()).toBeGreaterThanOrEqual(30);

    await world.accept();
  });
});

/** Takes problems until that one. */
async function untilRefused(problems: Inbox<SipProblem>, message: string): Promise<void> {
  while ((await problems.next()).message !== message) continue;
}

describe('a REGISTER', () => {
  test('of a star with Expires 0 asks to remove all', async () => {
    await using peer = await RawPeer.open();
    const requests = new Inbox<IncomingRegister>();
    await using registrar = await listen({ onRegister: requests.put });
    const lines = rawRequest('REGISTER', 'sip:example.com', {
      port: peer.port,
      extra: ['Expires: 0'],
    }).map((line) => (line.startsWith('Contact') ? 'm: *' : line));

    peer.send(lines, registrar.port);

    const request = await requests.next();
    expect(request).toMatchObject({ removeAll: true, contacts: [], expiresSec: 0 });
    request.accept([]);
    await peer.response(200);
  });

  test.each([
    ['Contact: *'],
    ['Contact: <<>>'],
    ['Contact: <tel:+15551234567>'],
    ['Contact: <sip:raw@127.0.0.1>, <mailto:ada@example.com>'],
  ])('with %s is malformed', async (contact) => {
    await using peer = await RawPeer.open();
    await using registrar = await listen({ onRegister: () => undefined });
    const lines = rawRequest('REGISTER', 'sip:example.com', { port: peer.port }).map((line) =>
      line.startsWith('Contact') ? contact : line,
    );

    peer.send(lines, registrar.port);

    await peer.response(400);
  });

  test('tells every answer to a challenge that can be read', async () => {
    await using peer = await RawPeer.open();
    const requests = new Inbox<IncomingRegister>();
    await using registrar = await listen({ onRegister: requests.put });
    const answer = (realm: string, more: string): string =>
      `Authorization: Digest username="u",realm="${realm}",nonce="n",uri="sip:a",response="r"${more}`;
    const extra = [
      'Authorization: Bearer abc',
      answer('one', ',algorithm=SHA-512-256'),
      answer('two', ',userhash=true'),
      `Authorization: Digest username*=UTF-8''u,realm="two",nonce="n",uri="sip:a",response="r"`,
      answer('three', ',opaque="o, p",qop="auth",nc=00000001,cnonce="c"'),
    ];

    peer.send(
      rawRequest('REGISTER', 'sip:example.com', { port: peer.port, extra }),
      registrar.port,
    );

    const request = await requests.next();
    expect(request.authorizations.map(({ realm, opaque }) => [realm, opaque])).toEqual([
      ['two', undefined],
      ['three', 'o, p'],
    ]);
    request.accept([]);
    await peer.response(200);
  });

  test('nobody answers is answered 500 after 30 s', async () => {
    const clock = new FakeClock();
    await using peer = await RawPeer.open();
    const requests = new Inbox<IncomingRegister>();
    await using registrar = await listen({ clock, onRegister: requests.put });
    peer.send(rawRequest('REGISTER', 'sip:example.com', { port: peer.port }), registrar.port);
    const request = await requests.next();

    clock.advance(30_000);

    await peer.response(500);
    request.accept([]);
    expect(registrar.counts.timers).toBe(1);
  });
});

test('an INVITE can be challenged with headers of the application', async () => {
  const { endpoint: callee, calls } = await listenForCalls();
  await using _callee = callee;
  await using caller = await listen();
  const call = caller.invite({
    uri: `sip:b@127.0.0.1:${callee.port}`,
    from: 'sip:a@127.0.0.1',
    sdp: SDP,
    credentials: { username: 'a', password: 'p' },
  });
  (await calls.next()).reject(401, {
    headers: { 'WWW-Authenticate': 'Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth"' },
  });
  const second = await calls.next();
  const parsed = parseAuthorization(second.request.headers.get('authorization') ?? '');
  if (!parsed.ok) throw new Error(parsed.error.message);

  expect(parsed.value.algorithm).toBe('SHA-256');
  expect(verifyDigest({ authorization: parsed.value, method: 'INVITE', password: 'p' })).toBe(true);
  second.reject(486);
  await call.result;
});
