import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';

import { describe, expect, test } from 'vitest';

import { parseNameAddr, type SipEndpoint, type SipProblem, verifyDigest } from '../src/index.ts';
import { authority, loopback, other } from './_certificates.ts';
import { Inbox, listen, listenForCalls, rawRequest, SDP } from './_setup.ts';

const secureServer = { listen: { port: 0, ...loopback }, ca: authority };

async function secureCallee(options: Parameters<typeof listenForCalls>[0] = {}) {
  const problems = new Inbox<SipProblem>();
  const { endpoint, calls } = await listenForCalls({
    tls: secureServer,
    onProblem: problems.put,
    ...options,
  });
  return { endpoint, calls, problems, [Symbol.asyncDispose]: () => endpoint.close() };
}

async function secureCaller(tls: object = { ca: authority }) {
  return listen({ tls });
}

/** A client that speaks SIP by hand over TLS. */
async function connectTo(endpoint: SipEndpoint): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port: endpoint.tlsPort, ca: authority });
  await once(socket, 'secureConnect');
  return socket;
}

function send(socket: TLSSocket, lines: readonly string[]): void {
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
}

describe('a call over TLS', () => {
  test.each(['sip:bob@127.0.0.1:PORT;transport=tls', 'sips:bob@localhost:PORT'])(
    'to %s is answered and hung up on one connection',
    async (uri) => {
      await using callee = await secureCallee();
      await using caller = await secureCaller();
      const call = caller.invite({
        uri: uri.replace('PORT', String(callee.endpoint.tlsPort)),
        from: 'sip:alice@127.0.0.1',
        sdp: SDP,
      });

      const incoming = await callee.calls.next();
      expect(incoming.source.transport).toBe('tls');
      const contact = parseNameAddr(incoming.request.headers.get('contact') ?? '');
      expect(contact.ok && contact.value.uri).toMatchObject(
        uri.startsWith('sips') ? { scheme: 'sips' } : { params: new Map([['transport', 'tls']]) },
      );
      const dialog = await incoming.answer(SDP);
      const result = await call.result;
      expect(result.kind).toBe('answered');
      // The caller listens for no TLS: what the callee sends can only take its connection.
      await dialog.bye();
      if (result.kind === 'answered') {
        expect(await result.dialog.ended).toMatchObject({ by: 'remote' });
      }
      expect([caller.counts.connections, callee.endpoint.counts.connections]).toEqual([1, 1]);
    },
  );

  test.each([
    ['by an authority nobody knows', {}, loopback, 'is not trusted'],
    ['for another name', { ca: authority }, other, 'is for another name'],
  ])('to a peer with a certificate %s fails and says why', async (_what, tls, own, why) => {
    await using callee = await secureCallee({ tls: { listen: { port: 0, ...own } } });
    await using caller = await secureCaller(tls);

    const call = caller.invite({
      uri: `sips:bob@localhost:${callee.endpoint.tlsPort}`,
      from: 'sip:alice@127.0.0.1',
      sdp: SDP,
    });

    const result = await call.result;
    expect(result).toMatchObject({ kind: 'failed', cause: 'transport' });
    expect(result.kind === 'failed' && result.message).toContain(why);
    expect(callee.calls.size).toBe(0);
  });

  test('is not tried in the open when TLS is not spoken', async () => {
    await using callee = await secureCallee();
    await using caller = await listen();

    const call = caller.invite({
      uri: `sips:bob@127.0.0.1:${callee.endpoint.port}`,
      from: 'sip:alice@127.0.0.1',
      sdp: SDP,
    });

    expect(await call.result).toMatchObject({ kind: 'failed', message: 'tls is not enabled' });
    expect(callee.calls.size).toBe(0);
  });
});

describe('a listener for TLS', () => {
  test('tells of a peer that does not shake hands, and goes on', async () => {
    await using callee = await secureCallee();
    const plain = connectPlain(callee.endpoint.tlsPort, '127.0.0.1');
    plain.write('OPTIONS sip:a@b SIP/2.0\r\n\r\n');

    expect(await callee.problems.next()).toMatchObject({
      kind: 'connection',
      message: expect.stringContaining('TLS handshake failed'),
    });

    plain.destroy();
    const socket = await connectTo(callee.endpoint);
    socket.destroy();
  });

  test('closes at once although a peer has not shaken hands', async () => {
    const callee = await secureCallee();
    const plain = connectPlain(callee.endpoint.tlsPort, '127.0.0.1');
    const closed = once(plain, 'close');
    await once(plain, 'connect');

    await callee.endpoint.close();

    await closed;
  });

  test('answers a double line end with a single one', async () => {
    await using callee = await secureCallee();
    const socket = await connectTo(callee.endpoint);

    socket.write('\r\n\r\n');

    const [pong] = (await once(socket, 'data')) as [Buffer];
    expect(pong.toString()).toBe('\r\n');
    socket.destroy();
  });

  test('refuses a certificate and key that do not fit, by name', async () => {
    const mixed = { listen: { port: 0, cert: loopback.cert, key: other.key } };

    await expect(listen({ tls: mixed })).rejects.toThrow('Certificate or key for TLS');
  });
});

test('a phone that registered over TLS is called on its own connection', async () => {
  const flows = new Inbox<Parameters<SipEndpoint['invite']>[0]['flow']>();
  await using registrar = await listen({
    tls: secureServer,
    onRegister: (register) => {
      const [authorization] = register.authorizations;
      if (
        authorization === undefined ||
        !verifyDigest({ authorization, method: 'REGISTER', password: 'p' })
      ) {
        register.challenge({ realm: 'r', nonce: 'n' });
        return;
      }
      flows.put(register.source);
      register.accept(register.contacts);
    },
  });
  const { endpoint: phone, calls } = await listenForCalls({ tls: { ca: authority } });
  await using _phone = phone;
  const registration = phone.register({
    registrar: `sip:127.0.0.1:${registrar.tlsPort};transport=tls`,
    aor: 'sip:bob@127.0.0.1',
    credentials: { username: 'bob', password: 'p' },
  });
  await registration.registered;
  const flow = await flows.next();
  if (flow === undefined) throw new Error('no flow');

  const call = registrar.invite({
    uri: 'sip:bob@192.0.2.1:9;transport=tls',
    from: 'sip:alice@127.0.0.1',
    sdp: SDP,
    flow,
  });
  (await calls.next()).reject(486);

  expect(await call.result).toMatchObject({ kind: 'refused', status: 486 });
});

test('a response takes the connection of its request', async () => {
  await using callee = await secureCallee();
  const socket = await connectTo(callee.endpoint);

  send(
    socket,
    rawRequest('OPTIONS', 'sip:a@b', {
      port: 9,
      via: 'Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bKtls',
    }),
  );

  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toContain('SIP/2.0 200 OK');
  socket.destroy();
});
