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
    expect(first.authorization).toBeUndefined();
    first.challenge({ realm: REALM, nonce: 'n1' });
    const second = await requests.next();
    const { authorization } = second;
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
    expect(refresh.authorization?.nc).toBe('00000002');
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
    expect(third.authorization?.nonce).toBe('n2');
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
    clock.advance(30_000);
    const again = await requests.next();
    again.accept(again.contacts);
    const closed = registration.close();
    (await requests.next()).accept([]);
    await closed;
  });
});

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

  test.each([['Contact: *'], ['Contact: <<>>']])('with %s alone is malformed', async (contact) => {
    await using peer = await RawPeer.open();
    await using registrar = await listen({ onRegister: () => undefined });
    const lines = rawRequest('REGISTER', 'sip:example.com', { port: peer.port }).map((line) =>
      line.startsWith('Contact') ? contact : line,
    );

    peer.send(lines, registrar.port);

    await peer.response(400);
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
