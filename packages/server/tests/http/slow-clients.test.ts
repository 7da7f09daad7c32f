import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createPocketsphinxEngine } from '@tutti/media';
import { expect, onTestFinished, test } from 'vitest';
import { connectionLimits, type ConnectionLimits } from '../../src/http/connections.ts';
import { conversationsV1 } from '../../src/http/conversations-v1/routes.ts';
import { createHttpServer } from '../../src/http/server.ts';
import type { Network } from '../../src/config/networks.ts';
import { Metrics } from '../../src/base/metrics.ts';
import { open, sqlite } from '../store/_engines.ts';

interface Door {
  readonly port: number;
  readonly authorization: string;
  readonly metrics: Metrics;
}

/** The HTTP door with less patience. */
async function openDoor(
  limits: Partial<ConnectionLimits>,
  trustedProxies: readonly Network[] = [],
): Promise<Door> {
  const opened = await open(sqlite);
  const metrics = new Metrics();
  const app = createHttpServer(
    { ...opened.context, metrics },
    { strict: false, trustedProxies },
    [(routes) => conversationsV1(routes, createPocketsphinxEngine())],
    {
      connections: { ...connectionLimits, ...limits },
    },
  );
  onTestFinished(async () => {
    await app.close();
    await opened[Symbol.asyncDispose]();
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { sid, authToken } = await opened.account();
  return {
    port: (app.server.address() as AddressInfo).port,
    authorization: `Authorization: Basic ${Buffer.from(`${sid}:${authToken}`).toString('base64')}`,
    metrics,
  };
}

interface Client {
  readonly socket: Socket;
  /** What came until the server closed the connection. */
  readonly all: Promise<string>;
}

async function dial(port: number, localAddress = '127.0.0.1'): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const all = new Promise<string>((resolve) => {
    socket.once('close', () => resolve(Buffer.concat(chunks).toString()));
  });
  await once(socket, 'connect');
  return { socket, all };
}

const refused = async ({ metrics }: Door, reason: string) => {
  const text = await metrics.text();
  return Number(
    new RegExp(`^tutti_http_refused_total\\{reason="${reason}"\\} (\\d+)$`, 'm').exec(text)?.[1] ??
      0,
  );
};

const impatient = { headersMs: 100, requestMs: 200, checkMs: 20 };

test.each([
  ['nothing', ''],
  ['half a request line', 'GET /v1/Conv'],
  ['half a header', 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: '],
  ['half a body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc'],
  ['half a chunk', 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc'],
])('a client that sends %s and waits is cut off', async (_, bytes) => {
  const door = await openDoor(impatient);
  const { socket, all } = await dial(door.port);

  socket.write(bytes);

  // Where the path had an answer already, that came first.
  expect(await all).toMatch(/408 Request Timeout|405 Method Not Allowed/);
  expect(await refused(door, 'slow')).toBe(1);
});

test('a client that sends a letter at a time is cut off though it never rests', async () => {
  const door = await openDoor(impatient);
  const { socket, all } = await dial(door.port);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
  const trickle = setInterval(() => socket.write('x'), 10);
  onTestFinished(() => clearInterval(trickle));

  expect(await all).toContain('HTTP/1.1 408 ');
});

test('a connection that brings no second request is closed', async () => {
  const { port, authorization } = await openDoor({ idleMs: 20 });
  const { socket, all } = await dial(port);

  socket.write(`GET /v1/Conversations HTTP/1.1\r\nHost: x\r\n${authorization}\r\n\r\n`);

  expect(await all).toContain('HTTP/1.1 200 OK');
});

test('a client that does not read its answers is cut off, and its answers are forgotten', async () => {
  const { port, authorization } = await openDoor({ stallMs: 200 });
  const { socket, all } = await dial(port);
  socket.pause();
  // Its answer repeats it, so it is as long.
  const get = `GET /v1/${'x'.repeat(12_000)} HTTP/1.1\r\nHost: x\r\n${authorization}\r\n\r\n`;

  // More answers than the buffers of both ends hold; then nothing moves any more.
  const requests = get.repeat(10);
  while (!socket.destroyed && socket.bytesWritten < 100_000_000) {
    if (!socket.write(requests)) {
      await Promise.race([once(socket, 'drain').catch(() => undefined), all]);
    }
  }

  await all;
  expect(socket.bytesWritten).toBeLessThan(100_000_000);
});

/** A connection that has brought right credentials, and stays open. */
async function dialAuthenticated({ port, authorization }: Door): Promise<Client> {
  const client = await dial(port);
  client.socket.write(`GET /v1/Conversations HTTP/1.1\r\nHost: x\r\n${authorization}\r\n\r\n`);
  await once(client.socket, 'data');
  return client;
}

test('a connection beyond the limit is told so and closed; once one has gone there is room', async () => {
  const door = await openDoor({ connections: 2 });
  const first = await dialAuthenticated(door);
  await dialAuthenticated(door);

  const third = await dial(door.port);
  const answer = await third.all;

  expect(answer).toMatch(/^HTTP\/1\.1 503 /);
  expect(answer).toContain('Retry-After: 1\r\n');
  expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 20503, status: 503 });
  expect(await refused(door, 'connections')).toBe(1);
  first.socket.end();
  await first.all;
  await dialAuthenticated(door);
});

test('when all places are taken, the oldest connection without credentials makes room', async () => {
  const door = await openDoor({ connections: 3 });
  const known = await dialAuthenticated(door);
  const oldest = await dial(door.port);
  const idle = await dial(door.port);

  await dialAuthenticated(door);

  expect(await oldest.all).toBe('');
  expect([known.socket.closed, idle.socket.closed]).toEqual([false, false]);
  expect(await refused(door, 'connections')).toBe(1);
});

test('one address that opens connections and sends nothing keeps no other out', async () => {
  const door = await openDoor({ ofOneAddress: 2 });
  const idle = [await dial(door.port), await dial(door.port)];

  const third = await dial(door.port);
  const other = await dial(door.port, '127.0.0.2');
  other.socket.write('GET /v1/Conversations HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');

  const answer = await third.all;
  expect(answer).toMatch(/^HTTP\/1\.1 429 /);
  expect(answer).toContain('127.0.0.1 has 2 connections open');
  expect(await other.all).toContain('HTTP/1.1 401 ');
  expect(await refused(door, 'connections')).toBe(1);
  idle[0]?.socket.end();
  await idle[0]?.all;
  await dialAuthenticated(door);
});

test('a trusted proxy opens as many connections as it needs', async () => {
  const door = await openDoor({ ofOneAddress: 1 }, [
    { address: '127.0.0.0', prefix: 8, family: 'ipv4' },
  ]);
  await dial(door.port);

  await dialAuthenticated(door);

  expect(await refused(door, 'connections')).toBe(0);
});

test('a body that is too large is refused before it is sent by a client that asks first', async () => {
  const { port, authorization } = await openDoor({});
  const head = `POST /v1/Conversations HTTP/1.1\r\nHost: x\r\n${authorization}\r\nExpect: 100-continue\r\nContent-Type: application/x-www-form-urlencoded`;
  const large = await dial(port);
  const small = await dial(port);

  large.socket.write(`${head}\r\nContent-Length: ${300 * 1024}\r\n\r\n`);
  small.socket.write(`${head}\r\nConnection: close\r\nContent-Length: 16\r\n\r\n`);
  await once(small.socket, 'data');
  small.socket.write('FriendlyName=abc');

  expect(await large.all).toMatch(/^HTTP\/1\.1 413 /);
  expect(await small.all).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 /);
});

test('more headers than anybody needs are refused, none of them passed over', async () => {
  const door = await openDoor({});
  const { socket, all } = await dial(door.port);
  const headers = Array.from({ length: 600 }, (_, index) => `x${index}:y`).join('\r\n');

  socket.write(`GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n\r\n`);

  expect(await all).toMatch(/^HTTP\/1\.1 431 /);
});

test.each([
  ['a header that goes on in the next line', 'X: a\r\n b'],
  ['a length that goes on in the next line', 'Content-Length:\r\n 3'],
  ['two lengths in one', 'Content-Length: 3, 3'],
  ['a length with a sign', 'Content-Length: +3'],
  ['a length in hexadecimal', 'Content-Length: 0x3'],
  ['a length and chunks', 'Content-Length: 3\r\nTransfer-Encoding: chunked'],
  ['chunks twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked'],
  ['chunks that are not the last coding', 'Transfer-Encoding: chunked, gzip'],
  ['chunks behind a vertical tab', 'Transfer-Encoding: \x0bchunked'],
])('%s is refused, so that no proxy in front reads another request in it', async (_, header) => {
  const door = await openDoor({});
  const { socket, all } = await dial(door.port);

  socket.write(
    `POST /v1/Conversations HTTP/1.1\r\nHost: x\r\n${door.authorization}\r\nContent-Type: application/x-www-form-urlencoded\r\n${header}\r\n\r\na=b`,
    'latin1',
  );

  expect(await all).toMatch(/^HTTP\/1\.1 400 /);
  expect((await all).match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
});
