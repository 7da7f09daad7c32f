import { describe, expect, test } from 'vitest';

import { FakeClock, type SipEndpoint, type SipProblem } from '../src/index.ts';
import { serveDns, type DnsRecord } from './_dns.ts';
import { RawPeer } from './_raw-peer.ts';
import { Inbox, listen, listenForCalls, SDP } from './_setup.ts';

const srv = (name: string, port: number, priority = 1, target = 'localhost'): DnsRecord => ({
  type: 'SRV',
  name,
  data: { priority, weight: 0, port, target },
});

async function callee() {
  const { endpoint, calls } = await listenForCalls();
  return { endpoint, calls, [Symbol.asyncDispose]: () => endpoint.close() };
}

/** By which transport, and to which Request-URI, a call to `uri` reaches the callee. */
async function reached(
  { calls }: Awaited<ReturnType<typeof callee>>,
  uri: string,
): Promise<readonly [string, string]> {
  await using caller = await listen();
  const call = caller.invite({ uri, from: 'sip:us@127.0.0.1', sdp: SDP });
  const incoming = await calls.next();
  incoming.reject(486);
  await call.result;
  return [incoming.source.transport, incoming.request.uri];
}

// One name server at a time: it is that of the whole process.
describe.sequential('a domain without a port', () => {
  test('is reached where its SRV records say, by UDP first', async () => {
    await using peer = await callee();
    const { port } = peer.endpoint;
    await using _dns = await serveDns([
      srv('_sip._udp.carrier.example', port),
      srv('_sip._tcp.carrier.example', 1),
    ]);

    expect(await reached(peer, 'sip:bob@carrier.example')).toEqual([
      'udp',
      'sip:bob@carrier.example',
    ]);
  });

  test('is reached by the transport that the URI names', async () => {
    await using peer = await callee();
    await using _dns = await serveDns([
      srv('_sip._udp.carrier.example', 1),
      srv('_sip._tcp.carrier.example', peer.endpoint.port),
    ]);

    const [transport] = await reached(peer, 'sip:bob@carrier.example;transport=tcp');

    expect(transport).toBe('tcp');
  });

  test('is reached by the server of the lowest priority that has an address', async () => {
    await using peer = await callee();
    const service = '_sip._udp.carrier.example';
    await using _dns = await serveDns([
      srv(service, 1, 30),
      srv(service, peer.endpoint.port, 20),
      srv(service, 1, 10, 'nowhere.invalid'),
    ]);

    expect(await reached(peer, 'sip:bob@carrier.example')).toHaveLength(2);
  });

  test('is reached by the transport that its NAPTR records prefer', async () => {
    await using peer = await callee();
    const naptr = (preference: number, service: string, replacement: string): DnsRecord => ({
      type: 'NAPTR',
      name: 'carrier.example',
      data: { order: 1, preference, service, replacement },
    });
    await using _dns = await serveDns([
      naptr(20, 'SIP+D2U', '_sip._udp.carrier.example'),
      naptr(10, 'SIP+D2T', '_sip._tcp.edge.example'),
      naptr(5, 'SIP+D2W', '_sip._ws.carrier.example'),
      srv('_sip._udp.carrier.example', 1),
      srv('_sip._tcp.edge.example', peer.endpoint.port),
    ]);

    const [transport] = await reached(peer, 'sip:bob@carrier.example');

    expect(transport).toBe('tcp');
  });

  test('that has no such records and no address cannot be reached', async () => {
    await using _dns = await serveDns([]);
    await using caller = await listen();

    const call = caller.invite({
      uri: 'sip:bob@nowhere.invalid',
      from: 'sip:us@127.0.0.1',
      sdp: SDP,
    });

    expect(await call.result).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('nowhere.invalid'),
    });
  });

  test('with a port is reached there, whatever the records say', async () => {
    await using peer = await callee();
    const { port } = peer.endpoint;
    await using _dns = await serveDns([srv('_sip._udp.localhost', 1)]);

    expect(await reached(peer, `sip:bob@localhost:${port}`)).toEqual([
      'udp',
      `sip:bob@localhost:${port}`,
    ]);
  });
});

const SERVICE = '_sip._udp.carrier.example';

/** A carrier of several servers, the first of them first, and who calls it. */
async function carrier(servers: number, clock = new FakeClock()) {
  const peers = await Promise.all(Array.from({ length: servers }, () => RawPeer.open()));
  const names = await serveDns(peers.map(({ port }, index) => srv(SERVICE, port, index)));
  const problems = new Inbox<SipProblem>();
  const caller = await listen({ clock, onProblem: problems.put, closeTimeoutMs: 0 });
  return {
    peers,
    caller,
    clock,
    problems,
    [Symbol.asyncDispose]: async () => {
      const closed = caller.close();
      clock.advance(1);
      await closed;
      await names[Symbol.asyncDispose]();
      await Promise.all(peers.map((peer) => peer[Symbol.asyncDispose]()));
    },
  };
}

function place(caller: SipEndpoint, extra: object = {}) {
  const target = { uri: 'sip:bob@carrier.example', from: 'sip:us@127.0.0.1', sdp: SDP };
  return caller.invite({ ...target, ...extra });
}

describe.sequential('a domain of several servers', () => {
  test('is called at the next where one answers 503, by the same INVITE with another branch', async () => {
    await using world = await carrier(2);
    const [first, second] = world.peers;
    if (first === undefined || second === undefined) throw new Error('no peers');

    const call = place(world.caller);
    const refused = await first.request('INVITE');
    first.answer(refused, '503 Service Unavailable');
    const taken = await second.request('INVITE');
    second.answer(taken, '486 Busy Here');

    expect(await call.result).toMatchObject({ kind: 'refused', status: 486 });
    for (const name of ['from', 'to', 'call-id', 'cseq']) {
      expect(taken.headers.get(name)).toBe(refused.headers.get(name));
    }
    expect(taken.headers.get('via')).not.toBe(refused.headers.get('via'));
    expect(await world.problems.next()).toMatchObject({
      kind: 'connection',
      message: 'INVITE goes on to the next server: 503 Service Unavailable',
      remote: `udp:127.0.0.1:${first.port}`,
    });
  });

  test('is called at the next where one is silent for 4 s, whose late answer is hung up', async () => {
    await using world = await carrier(2);
    const [first, second] = world.peers;
    if (first === undefined || second === undefined) throw new Error('no peers');

    const call = place(world.caller);
    const unheard = await first.request('INVITE');
    world.clock.advance(4000);
    second.answer(await second.request('INVITE'), '200 OK', { sdp: SDP, tag: 'second' });
    const result = await call.result;
    await second.request('ACK');
    first.answer(unheard, '200 OK', { sdp: SDP, tag: 'first' });
    await first.request('ACK');
    first.answer(await first.request('BYE'), '200 OK');

    if (result.kind !== 'answered') throw new Error(result.kind);
    expect(result.dialog.remoteTag).toBe('second');
    const bye = result.dialog.bye();
    second.answer(await second.request('BYE'), '200 OK');
    await bye;
  });

  test('is called at the next where one refuses the connection', async () => {
    await using peer = await callee();
    const service = '_sip._tcp.carrier.example';
    await using _dns = await serveDns([srv(service, 1, 1), srv(service, peer.endpoint.port, 2)]);

    const [transport] = await reached(peer, 'sip:bob@carrier.example;transport=tcp');

    expect(transport).toBe('tcp');
  });

  test.each([
    ['answers anything else', undefined, '486 Busy Here'],
    ['has rung and then answers 503', '180 Ringing', '503 Service Unavailable'],
  ])('is called at no other when one %s', async (_what, provisional, final) => {
    await using world = await carrier(2);
    const [first, second] = world.peers;
    if (first === undefined || second === undefined) throw new Error('no peers');

    const call = place(world.caller);
    const invite = await first.request('INVITE');
    if (provisional !== undefined) first.answer(invite, provisional);
    first.answer(invite, final);

    expect(await call.result).toMatchObject({
      kind: 'refused',
      status: Number.parseInt(final, 10),
    });
    expect(second.received).toEqual([]);
  });

  test('of which none serves has the last word of the last, or tells what became of each', async () => {
    await using world = await carrier(2);
    const [first, second] = world.peers;
    if (first === undefined || second === undefined) throw new Error('no peers');

    const call = place(world.caller, { patienceMs: 1000 });
    first.answer(await first.request('INVITE'), '503 Service Unavailable');
    await second.request('INVITE');
    world.clock.advance(1000);

    expect(await call.result).toEqual({
      kind: 'failed',
      cause: 'timeout',
      message: `udp:127.0.0.1:${first.port}: 503 Service Unavailable. udp:127.0.0.1:${second.port}: No response in 1 s`,
    });
  });

  test('is called no further once the call is given up', async () => {
    await using world = await carrier(2);
    const [first, second] = world.peers;
    if (first === undefined || second === undefined) throw new Error('no peers');

    const call = place(world.caller);
    const invite = await first.request('INVITE');
    call.cancel();
    first.answer(invite, '503 Service Unavailable');

    expect(await call.result).toEqual({ kind: 'canceled' });
    expect(second.received).toEqual([]);
  });
});

describe.sequential('a registrar of several servers', () => {
  const register = (caller: SipEndpoint) =>
    caller.register({
      registrar: 'sip:carrier.example',
      aor: 'sip:us@carrier.example',
      credentials: { username: 'us', password: 'p' },
    });

  test('is asked at the next where one is silent for 4 s, which alone is told who we are', async () => {
    await using world = await carrier(2);
    const [first, second] = world.peers;
    if (first === undefined || second === undefined) throw new Error('no peers');

    const registration = register(world.caller);
    const unheard = await first.request('REGISTER');
    world.clock.advance(4000);
    const asked = await second.request('REGISTER');
    second.answer(asked, '401 Unauthorized', {
      headers: ['WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"'],
    });
    const answered = await second.request('REGISTER');
    second.answer(answered, '200 OK');

    await registration.registered;
    expect(asked.headers.get('cseq')).toBe(unheard.headers.get('cseq'));
    expect(asked.headers.get('via')).not.toBe(unheard.headers.get('via'));
    expect(answered.headers.get('authorization')).toContain('nonce="n"');
    expect(first.received.map((each) => each.headers.get('authorization'))).toEqual(
      first.received.map(() => undefined),
    );
    expect(await world.problems.next()).toMatchObject({
      message: 'REGISTER goes on to the next server: No response in 4 s',
      remote: `udp:127.0.0.1:${first.port}`,
    });
  });

  test('is asked at the next where one answers 503, and has the last word of the last', async () => {
    await using world = await carrier(2);
    const [first, second] = world.peers;
    if (first === undefined || second === undefined) throw new Error('no peers');

    const { registered } = register(world.caller);
    first.answer(await first.request('REGISTER'), '503 Service Unavailable');
    second.answer(await second.request('REGISTER'), '503 Service Unavailable');

    await expect(registered).rejects.toMatchObject({ status: 503 });
  });

  test('is asked at no other once the endpoint is closed', async () => {
    await using world = await carrier(2);
    const [first] = world.peers;
    if (first === undefined) throw new Error('no peer');

    const { registered } = register(world.caller);
    await first.request('REGISTER');
    const closed = world.caller.close();
    world.clock.advance(1);
    await expect(registered).rejects.toMatchObject({ message: 'The endpoint is closed' });
    await closed;

    expect(world.problems.size).toBe(0);
    expect(world.caller.counts.transactions).toBe(0);
  });

  test('is asked at no other where one refuses', async () => {
    await using world = await carrier(2);
    const [first, second] = world.peers;
    if (first === undefined || second === undefined) throw new Error('no peers');

    const { registered } = register(world.caller);
    first.answer(await first.request('REGISTER'), '403 Forbidden');

    await expect(registered).rejects.toMatchObject({ status: 403 });
    expect(second.received).toEqual([]);
  });
});

test('a peer whose Contact is a domain is hung up on at the next of its servers', async () => {
  await using world = await carrier(2);
  const [first, second] = world.peers;
  if (first === undefined || second === undefined) throw new Error('no peers');
  const call = place(world.caller);
  first.answer(await first.request('INVITE'), '200 OK', {
    sdp: SDP,
    headers: ['Contact: <sip:bob@carrier.example>'],
  });
  const result = await call.result;
  if (result.kind !== 'answered') throw new Error(result.kind);
  await first.request('ACK');

  const bye = result.dialog.bye();
  first.answer(await first.request('BYE'), '503 Service Unavailable');
  second.answer(await second.request('BYE'), '200 OK');

  await bye;
});
