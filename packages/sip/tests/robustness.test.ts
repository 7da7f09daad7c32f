import { connect, type Socket } from 'node:net';

import { describe, expect, test } from 'vitest';

import { FakeClock, type SipProblem } from '../src/index.ts';
import { RawPeer } from './_raw-peer.ts';
import { Inbox, listen, rawRequest } from './_setup.ts';

async function endpoint(clock = new FakeClock()) {
  const problems = new Inbox<SipProblem>();
  const sip = await listen({ clock, onProblem: problems.put });
  return { sip, problems, clock, [Symbol.asyncDispose]: () => sip.close() };
}

describe('a datagram', () => {
  test.each([
    ['garbage', Buffer.from([0xff, 0x00, 0xfe, 0x80, 0x0d, 0x0a])],
    ['text', Buffer.from('hello')],
    ['a request line alone', Buffer.from('OPTIONS sip:a@b SIP/2.0\r\n')],
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')],
    ['a header without name', Buffer.from('OPTIONS sip:a@b SIP/2.0\r\n: x\r\n\r\n')],
    ['a bare line feed', Buffer.from('OPTIONS sip:a@b SIP/2.0\r\nA: b\nC: d\r\n\r\n')],
    ['a response without Via', Buffer.from('SIP/2.0 200 OK\r\nTo: x\r\n\r\n')],
  ])('of %s is reported and changes nothing', async (_what, bytes) => {
    await using world = await endpoint();
    await using peer = await RawPeer.open();

    peer.send(bytes, world.sip.port);

    expect(await world.problems.next()).toMatchObject({
      kind: 'malformed',
      remote: `udp:127.0.0.1:${peer.port}`,
    });
    expect(world.sip.counts.transactions).toBe(0);
    peer.send(rawRequest('OPTIONS', 'sip:a@b', { port: peer.port }), world.sip.port);
    await peer.response(200);
  });

  test('with headers over 16 KiB is reported as oversize', async () => {
    await using world = await endpoint();
    await using peer = await RawPeer.open();
    const extra = [`X-Long: ${'x'.repeat(17_000)}`];

    peer.send(rawRequest('OPTIONS', 'sip:a@b', { port: peer.port, extra }), world.sip.port);

    expect(await world.problems.next()).toMatchObject({ kind: 'oversize' });
  });

  test.each([
    [400, ['CSeq: 1 OPTIONS'], 'CSeq: 1 INVITE'],
    [400, ['CSeq: 1 OPTIONS'], 'CSeq: 4294967296 OPTIONS'],
    [400, ['Content-Length: 0'], 'Content-Length: 10'],
    [400, ['Max-Forwards: 70'], 'Call-ID: another'],
    [505, ['OPTIONS sip:a@b SIP/2.0'], 'OPTIONS sip:a@b SIP/7.0'],
  ])('that can be read in part is answered %i', async (status, [from], to) => {
    await using world = await endpoint();
    await using peer = await RawPeer.open();
    const lines = rawRequest('OPTIONS', 'sip:a@b', { port: peer.port });

    peer.send(
      lines.map((line) => (line === from ? to : line)),
      world.sip.port,
    );

    await peer.response(status);
    expect(await world.problems.next()).toMatchObject({ kind: 'malformed' });
    expect(world.sip.counts.transactions).toBe(0);
  });

  test('of keep-alive is ignored', async () => {
    await using world = await endpoint();
    await using peer = await RawPeer.open();

    for (const text of ['\r\n\r\n', '\r\n', '\0\0\0\0', '']) {
      peer.send(Buffer.from(text), world.sip.port);
    }
    peer.send(rawRequest('OPTIONS', 'sip:a@b', { port: peer.port }), world.sip.port);
    await peer.response(200);

    expect(world.problems.size).toBe(0);
  });

  test('of random bytes never breaks the endpoint', async () => {
    await using world = await endpoint();
    await using peer = await RawPeer.open();
    const valid = Buffer.from(
      `${rawRequest('INVITE', 'sip:a@b', { port: peer.port }).join('\r\n')}\r\n\r\n`,
    );
    let seed = 1;
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };

    for (let round = 0; round < 300; round += 1) {
      const bytes = Buffer.from(valid);
      for (let change = 0; change <= round % 8; change += 1) {
        bytes[random(bytes.length)] = random(256);
      }
      const length = random(10) === 0 ? random(bytes.length) : bytes.length;
      peer.send(bytes.subarray(0, length), world.sip.port);
      // In small floods, as loopback drops what does not fit its buffer.
      if (round % 20 === 19) {
        peer.send(rawRequest('OPTIONS', 'sip:a@b', { port: peer.port }), world.sip.port);
        await peer.response(200);
      }
    }
    world.clock.advance(64_000);

    expect(world.sip.counts).toMatchObject({ transactions: 0, dialogs: 0, timers: 0 });
  });
});

describe('a stream', () => {
  async function stream(
    port: number,
  ): Promise<{ socket: Socket; data: Inbox<string>; closed: Promise<void> }> {
    const socket = connect(port, '127.0.0.1');
    const data = new Inbox<string>();
    socket.on('data', (chunk) => {
      data.put(chunk.toString());
    });
    socket.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => {
      socket.on('close', () => {
        resolve();
      });
    });
    await new Promise<void>((resolve) => {
      socket.on('connect', resolve);
    });
    return { socket, data, closed };
  }

  function options(): string {
    const via = 'Via: SIP/2.0/TCP 127.0.0.1:5;branch=z9hG4bKtcp';
    return `${rawRequest('OPTIONS', 'sip:a@b', { port: 5, via }).join('\r\n')}\r\n\r\n`;
  }

  test('in pieces is put together, and answered on the same connection', async () => {
    await using world = await endpoint();
    const { socket, data, closed } = await stream(world.sip.port);

    const text = options();
    socket.write(text.slice(0, 40));
    socket.write(text.slice(40, 200));
    socket.write(text.slice(200));

    expect(await data.next()).toMatch(/^SIP\/2\.0 200 OK/);
    expect(world.sip.counts.connections).toBe(1);
    socket.end();
    await closed;
  });

  test('with a double CRLF is answered a single one', async () => {
    await using world = await endpoint();
    const { socket, data } = await stream(world.sip.port);

    socket.write('\r\n\r\n');

    expect(await data.next()).toBe('\r\n');
    socket.end();
  });

  test('of double CRLFs that reads none of the answers is closed', async () => {
    await using world = await endpoint();
    const { socket, closed } = await stream(world.sip.port);
    const text = '\r\n\r\n'.repeat(10_000);
    socket.pause();
    // Enough for the buffers of the kernel to fill; who is not closed by then never will be.
    const sending = (async () => {
      for (let sent = 0; sent < 32 * 1024 * 1024 && !socket.destroyed; sent += text.length) {
        if (!socket.write(text)) await new Promise((resolve) => socket.once('drain', resolve));
      }
    })();

    await Promise.race([closed, sending]);

    expect(await world.problems.next()).toMatchObject({
      kind: 'connection',
      message: expect.stringMatching(/does not read$/),
    });
    await expect.poll(() => world.sip.counts.connections).toBe(0);
    socket.destroy();
  });

  test.each([
    ['a message without Content-Length', 'OPTIONS sip:a@b SIP/2.0\r\nA: b\r\n\r\n'],
    ['a body over 64 KiB', 'OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 70000\r\n\r\n'],
    ['endless headers', `OPTIONS sip:a@b SIP/2.0\r\nA: ${'x'.repeat(20_000)}`],
  ])('of %s is closed', async (_what, text) => {
    await using world = await endpoint();
    const { socket, closed } = await stream(world.sip.port);

    socket.write(text);

    await closed;
    expect(await world.problems.next()).toMatchObject({ kind: 'connection' });
  });

  test.each([
    ['says nothing', ''],
    ['stops in a message', 'OPTIONS sip:a@b SIP/2.0\r\n'],
  ])('that %s is closed after 15 s', async (_what, text) => {
    await using world = await endpoint();
    const { socket, data, closed } = await stream(world.sip.port);
    if (text !== '') {
      socket.write(options() + text);
      await data.next();
    }
    await expect.poll(() => world.sip.counts.timers).toBeGreaterThan(0);

    world.clock.advance(15_000);

    await closed;
    expect(await world.problems.next()).toMatchObject({ kind: 'connection' });
  });
});
