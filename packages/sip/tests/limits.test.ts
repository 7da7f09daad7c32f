import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import { expect, test } from 'vitest';

import { FakeClock, type SipProblem } from '../src/index.ts';
import { RawPeer } from './_raw-peer.ts';
import { Inbox, listen, listenForCalls, rawRequest } from './_setup.ts';

/** A socket at another address than every peer's. */
async function openStranger(): Promise<Socket & AsyncDisposable> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.2');
  await once(socket, 'listening');
  return Object.assign(socket, {
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        socket.close(resolve);
      }),
  });
}

function put(socket: Socket, bytes: Buffer, port: number): Promise<void> {
  return new Promise((resolve) => {
    socket.send(bytes, port, '127.0.0.1', () => {
      resolve();
    });
  });
}

const bytesOf = (lines: readonly string[]) => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);

test('a scanner is dropped beyond its rate, told of once, and disturbs nobody else', async () => {
  const problems = new Inbox<SipProblem>();
  await using sip = await listen({
    clock: new FakeClock(),
    limits: { messagesPerSec: 50 },
    onProblem: problems.put,
  });
  await using scanner = await openStranger();
  await using peer = await RawPeer.open();

  for (let i = 0; i < 1000; i += 1) {
    await put(scanner, bytesOf(rawRequest('OPTIONS', 'sip:100@h', { port: 9 })), sip.port);
  }
  peer.send(rawRequest('OPTIONS', 'sip:a@b', { port: peer.port }), sip.port);
  await peer.response(200);

  expect(sip.dropped).toEqual({ rate: 900, malformed: 0, transactions: 0 });
  expect(await problems.next()).toMatchObject({
    kind: 'limit',
    message: 'More than 50 messages a second from 127.0.0.2: what is beyond is dropped',
  });
  expect(problems.size).toBe(0);
  // What it may have costs no more than this, however long it goes on.
  expect(sip.counts.transactions).toBe(101);
});

test('a flood of INVITEs holds no more calls than one address may', async () => {
  const problems = new Inbox<SipProblem>();
  const { endpoint, calls } = await listenForCalls({
    limits: { transactions: 10 },
    onProblem: problems.put,
  });
  await using sip = endpoint;
  await using scanner = await openStranger();
  await using peer = await RawPeer.open();

  for (let i = 0; i < 100; i += 1) {
    await put(scanner, bytesOf(rawRequest('INVITE', 'sip:100@h', { port: 9 })), sip.port);
  }
  peer.send(rawRequest('INVITE', 'sip:a@b', { port: peer.port }), sip.port);
  await peer.response(100);

  expect(calls.size).toBe(11);
  expect(sip.dropped.transactions).toBe(90);
  expect(await problems.next()).toMatchObject({ kind: 'limit' });
});

test('malformed messages are told of and answered up to a number', async () => {
  const problems = new Inbox<SipProblem>();
  await using sip = await listen({
    limits: { malformedPerWindow: 2 },
    onProblem: problems.put,
  });
  await using scanner = await openStranger();
  await using peer = await RawPeer.open();

  for (let i = 0; i < 50; i += 1) await put(scanner, Buffer.from('scan'), sip.port);
  peer.send(rawRequest('OPTIONS', 'sip:a@b', { port: peer.port }), sip.port);
  await peer.response(200);

  const kinds = [await problems.next(), await problems.next(), await problems.next()];
  expect(kinds.map(({ kind }) => kind)).toEqual(['malformed', 'malformed', 'limit']);
  expect(problems.size).toBe(0);
  expect(sip.dropped.malformed).toBe(48);
});
