import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

import { describe, expect, test } from 'vitest';

import {
  FakeClock,
  type IncomingRegister,
  type InviteOptions,
  type SipEndpoint,
  type SipProblem,
} from '../src/index.ts';
import { RawPeer } from './_raw-peer.ts';
import { aborted, Inbox, listen, listenForCalls, rawRequest, SDP } from './_setup.ts';

const PING = '\r\n\r\n';
const PONG = '\r\n';
/** No ping is later than that. */
const PING_MOST_MS = 120_000;
const HOUR_MS = 3_600_000;

/** A stream that the endpoint has opened, from its other end. */
async function openedStream() {
  const clock = new FakeClock();
  const problems = new Inbox<SipProblem>();
  const sip = await listen({ clock, onProblem: problems.put });
  const server = createServer();
  const opened = once(server, 'connection') as Promise<[Socket]>;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const call = sip.invite({
    uri: `sip:bob@127.0.0.1:${address.port};transport=tcp`,
    from: 'sip:alice@127.0.0.1',
    sdp: SDP,
  });
  const [socket] = await opened;
  const data = new Inbox<string>();
  socket.on('data', (chunk: Buffer) => data.put(chunk.toString()));
  const closed = once(socket, 'close');
  expect(await data.next()).toMatch(/^INVITE /);
  // Nobody answers it, and it is given up; the stream stays.
  clock.advance(32_000);
  await call.result;
  return {
    clock,
    problems,
    sip,
    socket,
    data,
    closed,
    /** Lets time pass until a ping comes, and not much more. */
    untilPinged: async (): Promise<void> => {
      while (data.size === 0) {
        clock.advance(200);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await data.next()).toBe(PING);
    },
    /** Resolves when the endpoint has read what was written before. */
    read: async (): Promise<void> => {
      const via = 'Via: SIP/2.0/TCP 127.0.0.1:5;branch=z9hG4bKread';
      socket.write(`${rawRequest('OPTIONS', 'sip:a@b', { port: 5, via }).join('\r\n')}\r\n\r\n`);
      while (!(await data.next()).startsWith('SIP/2.0 200')) continue;
    },
    [Symbol.asyncDispose]: async () => {
      socket.destroy();
      await sip.close();
      server.close();
    },
  };
}

describe('a stream that we opened', () => {
  test('is pinged, and stays open when its peer never answers pings', async () => {
    await using world = await openedStream();

    for (let ping = 1; ping <= 3; ping += 1) await world.untilPinged();

    expect(world.sip.counts.connections).toBe(1);
    expect(world.problems.size).toBe(0);
  });

  test('is closed when a peer that answered pings answers no more', async () => {
    await using world = await openedStream();
    await world.untilPinged();
    world.socket.write(PONG);
    await world.read();

    world.clock.advance(PING_MOST_MS + 10_000);
    await world.closed;

    expect(await world.problems.next()).toMatchObject({
      kind: 'connection',
      message: 'Closed: keep-alive not answered within 10 s',
    });
  });

  test('stays open as long as its peer says anything', async () => {
    await using world = await openedStream();
    await world.untilPinged();
    world.socket.write(PONG);
    await world.read();
    await world.untilPinged();
    await world.read();
    world.clock.advance(11_000);

    expect(world.sip.counts.connections).toBe(1);
    expect(world.problems.size).toBe(0);
  });

  test('is closed after an hour without a message', async () => {
    await using world = await openedStream();

    world.clock.advance(HOUR_MS + PING_MOST_MS);
    await world.closed;

    expect(world.sip.counts).toMatchObject({ connections: 0, timers: 0 });
    expect(world.problems.size).toBe(0);
  });
});

describe('a caller behind NAT', () => {
  /** Calls by a connection of its own, from an address that is not its. */
  async function calling() {
    const { endpoint: sip, calls } = await listenForCalls({ closeTimeoutMs: 0 });
    const dial = async () => {
      const socket = connect(sip.port, '127.0.0.1');
      const heard = new Inbox<string>();
      socket.on('data', (bytes) => {
        for (const each of bytes.toString().split(/(?=^(?:SIP\/2\.0|[A-Z]+ sip:))/m))
          heard.put(each);
      });
      await once(socket, 'connect');
      const say = (method: string, options: Partial<Parameters<typeof rawRequest>[2]> = {}) => {
        const via = `Via: SIP/2.0/TCP 10.0.0.5;branch=z9hG4bK${method}`;
        const shared = { port: 5060, callId: 'nat', via };
        const lines = rawRequest(method, 'sip:bob@127.0.0.1', { ...shared, ...options });
        const text = lines.map((line) => line.replace('raw@127.0.0.1:5060', 'raw@10.0.0.5'));
        socket.write(`${text.join('\r\n')}\r\n\r\n`);
      };
      const until = async (start: string): Promise<string> => {
        for (;;) {
          const message = await heard.next();
          if (message.startsWith(start)) return message;
        }
      };
      return { socket, say, until };
    };
    const first = await dial();
    first.say('INVITE');
    const call = await calls.next();
    return { sip, call, first, dial, [Symbol.asyncDispose]: () => sip.close() };
  }

  test('whose connection closes before it is answered has given up', async () => {
    await using world = await calling();
    world.call.ring();
    await world.first.until('SIP/2.0 180');

    world.first.socket.destroy();

    await aborted(world.call.signal);
    expect(world.call.signal.reason).toMatchObject({ code: 'transport' });
    expect(world.sip.counts.dialogs).toBe(0);
  });

  test('that has a new connection within its call is hung up on by that', async () => {
    await using world = await calling();
    const answered = world.call.answer(SDP);
    const ok = await world.first.until('SIP/2.0 200');
    const to = /^To: (.*)$/m.exec(ok)?.[1] ?? '';
    world.first.say('ACK', { to });
    const dialog = await answered;
    world.first.socket.destroy();
    const second = await world.dial();
    second.say('OPTIONS', { to, seq: 2 });
    await second.until('SIP/2.0 200');

    void dialog.bye();

    expect(await second.until('BYE')).toMatch(/^BYE sip:raw@10\.0\.0\.5/);
    second.socket.destroy();
  });
});

describe('a phone that registered', () => {
  const call = (sip: SipEndpoint, uri: string, flow: InviteOptions['flow']) =>
    sip.invite({
      uri,
      from: 'sip:alice@127.0.0.1',
      sdp: SDP,
      ...(flow === undefined ? {} : { flow }),
    });

  test('from another address than its own by UDP is reached there, in its calls too', async () => {
    await using sip = await listen();
    await using phone = await RawPeer.open();
    const flow = { transport: 'udp', host: '127.0.0.1', port: phone.port } as const;
    const own = 'sip:bob@203.0.113.9:5060';

    const dialled = call(sip, own, flow);
    const invite = await phone.request('INVITE');
    expect(invite.uri).toBe(own);
    phone.answer(invite, '200 OK', { sdp: SDP, headers: [`Contact: <${own}>`] });
    const result = await dialled.result;
    if (result.kind !== 'answered') throw new Error(result.kind);
    await phone.request('ACK');
    const bye = result.dialog.bye();
    phone.answer(await phone.request('BYE'), '200 OK');

    await bye;
  });

  test('is sent empty datagrams there', async () => {
    await using sip = await listen();
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');

    const came = once(socket, 'message') as Promise<[Buffer]>;
    sip.keepAlive({ transport: 'udp', host: '127.0.0.1', port: socket.address().port });

    expect((await came)[0].toString()).toBe(PING);
    socket.close();
  });

  test('by a connection that is closed is called at its address, unless it is a NAT’s', async () => {
    const { endpoint: phone, calls } = await listenForCalls();
    await using _phone = phone;
    await using sip = await listen();
    const flow = { transport: 'tcp', host: '127.0.0.1', port: 9, connection: 999 } as const;

    const reached = call(sip, `sip:bob@127.0.0.1:${phone.port};transport=tcp`, flow);
    (await calls.next()).reject(486);
    expect(await reached.result).toMatchObject({ kind: 'refused', status: 486 });

    expect(await call(sip, 'sip:bob@10.0.0.5;transport=tcp', flow).result).toMatchObject({
      kind: 'failed',
      cause: 'flow',
      message: expect.stringMatching(/^The connection by which the phone registered is closed\. /),
    });
  });

  test('by a connection that is closed is given 4 s at its address, if it is no NAT’s', async () => {
    const clock = new FakeClock();
    await using silent = await RawPeer.open();
    await using sip = await listen({ clock });
    const flow = { transport: 'tcp', host: '127.0.0.1', port: 9, connection: 999 } as const;

    const dialled = call(sip, `sip:bob@127.0.0.1:${silent.port}`, flow);
    await silent.request('INVITE');
    clock.advance(4000);

    expect(await dialled.result).toMatchObject({ kind: 'failed', cause: 'flow' });
  });

  /** A phone on a connection of its own, which is called, and where the answers to it are heard. */
  async function calledByItsConnection(sip: SipEndpoint, requests: Inbox<IncomingRegister>) {
    const socket = connect(sip.port, '127.0.0.1');
    const heard = new Inbox<string>();
    socket.on('data', (bytes) => heard.put(bytes.toString()));
    const via = 'Via: SIP/2.0/TCP 10.0.0.5;branch=z9hG4bKflow';
    const lines = rawRequest('REGISTER', 'sip:127.0.0.1', { port: 5060, via });
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    const register = await requests.next();
    register.accept(register.contacts);
    await heard.next();
    const told = new Inbox<number>();
    const dialled = sip.invite({
      uri: 'sip:raw@10.0.0.5;transport=tcp',
      from: 'sip:alice@127.0.0.1',
      sdp: SDP,
      flow: register.source,
      onProvisional: ({ status }) => told.put(status),
    });
    const invite = await heard.next();
    expect(invite).toMatch(/^INVITE /);
    return { socket, dialled, invite, told };
  }

  test('by a connection that closes while it is called has failed at once', async () => {
    const requests = new Inbox<IncomingRegister>();
    await using sip = await listen({ onRegister: requests.put });
    const { socket, dialled } = await calledByItsConnection(sip, requests);

    socket.destroy();

    expect(await dialled.result).toMatchObject({ kind: 'failed', cause: 'flow' });
  });

  test('by a connection that closes when it has rung has failed too, and is hung up on if it answers by another', async () => {
    const requests = new Inbox<IncomingRegister>();
    await using sip = await listen({ onRegister: requests.put });
    const { socket, dialled, invite, told } = await calledByItsConnection(sip, requests);
    const answer = (status: string, lines: readonly string[]): string =>
      [
        `SIP/2.0 ${status}`,
        ...['Via', 'From', 'Call-ID', 'CSeq'].map(
          (name) => new RegExp(`^${name}: .*$`, 'm').exec(invite)?.[0] ?? '',
        ),
        `${/^To: .*$/m.exec(invite)?.[0]};tag=phone`,
        ...lines,
      ].join('\r\n');
    socket.write(answer('180 Ringing', ['Content-Length: 0', '', '']));
    expect(await told.next()).toBe(180);

    socket.destroy();
    expect(await dialled.result).toMatchObject({ kind: 'failed', cause: 'flow' });
    await using back = await RawPeer.open();
    const contact = `Contact: <sip:raw@127.0.0.1:${back.port}>`;
    const length = `Content-Length: ${SDP.length}`;
    const lines = [contact, 'Content-Type: application/sdp', length, '', SDP];
    back.send(Buffer.from(answer('200 OK', lines)), sip.port);

    await back.request('ACK');
    back.answer(await back.request('BYE'), '200 OK');
    await expect.poll(() => sip.counts.dialogs).toBe(0);
  });
});
