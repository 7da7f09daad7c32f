import { createSocket } from 'node:dgram';
import { randomUUID } from 'node:crypto';
import { type IncomingCall, SipEndpoint, verifyDigest, formatSipUri } from '@tutti/sip';
import { expect, it, onTestFinished } from 'vitest';
import { Phone } from '../src/index.ts';
import { openPhone } from './_phones.ts';

const credentials = { username: 'AC0123', password: 'secret' };

/** A registrar that redirects no call but says which contact it has for a user. */
async function openRegistrar() {
  const contacts = new Map<string, string>();
  const calls: IncomingCall[] = [];
  const nonce = randomUUID();
  const endpoint = await SipEndpoint.listen({
    host: '127.0.0.1',
    port: 0,
    userAgent: 'registrar',
    onInvite: (call) => {
      calls.push(call);
      call.reject(404);
    },
    onRegister: (register) => {
      const { authorizations, aor } = register;
      const [authorization] = authorizations;
      const isValid =
        authorization !== undefined &&
        authorization.username === credentials.username &&
        verifyDigest({ authorization, password: credentials.password, method: 'REGISTER' });
      if (!isValid) {
        register.challenge({ realm: 'tutti', nonce });
        return;
      }
      for (const { uri, expiresSec } of register.contacts) {
        if (expiresSec === 0) contacts.delete(aor.user ?? '');
        else contacts.set(aor.user ?? '', formatSipUri(uri));
      }
      register.accept(register.contacts);
    },
  });
  onTestFinished(() => endpoint.close());
  return { server: `sip:127.0.0.1:${endpoint.port}`, contacts, calls };
}

for (const transport of ['udp', 'tcp'] as const) {
  it(`registers over ${transport} where it can be called, and leaves when closed`, async () => {
    const { server, contacts } = await openRegistrar();

    const bob = await openPhone({ number: '+15557654321', server, credentials, transport });

    expect(bob.registered).toBe(true);
    expect(contacts.get('+15557654321')).toBe(bob.uri);
    const alice = await openPhone({ number: 'alice' });
    const dialed = alice.dial(contacts.get('+15557654321') ?? '');
    const [, call] = await Promise.all([(await bob.nextCall()).answer(), dialed]);
    expect(call.isLive).toBe(true);

    await bob.close();

    expect(bob.registered).toBe(false);
    expect(contacts.size).toBe(0);
  });
}

it('says that the credentials are wrong', async () => {
  const { server } = await openRegistrar();

  const opened = Phone.open({
    number: 'bob',
    server,
    credentials: { ...credentials, password: 'wrong' },
  });

  await expect(opened).rejects.toMatchObject({ code: 'refused', status: 401 });
  await expect(opened).rejects.toThrow(`Cannot register bob at ${server}: `);
});

it('does not register without credentials, or when it is not to', async () => {
  const { server, contacts } = await openRegistrar();

  const bob = await openPhone({ number: 'bob', server });
  const carol = await openPhone({ number: 'carol', server, credentials, register: false });

  expect([bob.registered, carol.registered]).toEqual([false, false]);
  expect(contacts.size).toBe(0);
});

it('cannot register without a server, or at one that is no address', async () => {
  await expect(Phone.open({ number: 'bob', credentials })).rejects.toThrow(
    'bob cannot register without options.server',
  );
  await expect(Phone.open({ number: 'bob', server: 'localhost' })).rejects.toThrow(
    'options.server is "localhost": expected sip:host:port',
  );
});

it('does not wait long for a server that is not there', async () => {
  const silent = createSocket('udp4');
  onTestFinished(() => {
    silent.close();
  });
  await new Promise<void>((resolve) => {
    silent.bind(0, '127.0.0.1', resolve);
  });
  const server = `sip:127.0.0.1:${silent.address().port}`;

  await expect(Phone.open({ number: 'bob', server, credentials })).rejects.toThrow(
    `Cannot register bob: no answer from ${server} within 5000 ms`,
  );
});

it('dials numbers at its server', async () => {
  const { server, calls } = await openRegistrar();
  const bob = await openPhone({ number: '+15557654321', server, credentials, transport: 'tcp' });

  await expect(bob.dial('+15550001111')).rejects.toMatchObject({ status: 404 });

  expect(calls[0]).toMatchObject({
    source: { transport: 'tcp' },
    from: { uri: { user: '+15557654321', host: '127.0.0.1' } },
    to: { uri: { user: '+15550001111' } },
    requestUri: { user: '+15550001111', host: '127.0.0.1' },
  });
});
