import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { systemClock } from '../../src/base/clock.ts';
import { openSocket } from '../../src/callback/customer-socket.ts';
import { MediaStream, type StreamProblem } from '../../src/callback/media-stream.ts';
import { readSocketTarget } from '../../src/callback/target.ts';
import { authToken } from './_customer.ts';

/** 20 ms of sound. */
const PAYLOAD = Buffer.alloc(160, 0xff).toString('base64');

describe('a media stream', () => {
  it('leaves sound out while its server does not take any, says so once, and goes on when it does', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const connected = once(server, 'connection');
    const read = readSocketTarget(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    if (!read.ok) throw new Error(read.problem);
    const opened = await openSocket(
      {
        target: read.target,
        authToken,
        userAgent: 'test',
        connectMs: 5000,
        signal: new AbortController().signal,
      },
      { clock: systemClock, guard: undefined },
    );
    if (!opened.ok) throw new Error(opened.failure.problem);
    const [peer] = await connected;
    const chunks: number[] = [];
    peer.on('message', (data: Buffer) => {
      const { media } = JSON.parse(data.toString('utf8'));
      if (media !== undefined) chunks.push(Number(media.chunk));
    });
    peer.pause();
    const problems: [StreamProblem, string][] = [];
    const stream = new MediaStream(opened.socket, {
      streamSid: 'MZ1',
      accountSid: 'AC1',
      callSid: 'CA1',
      tracks: ['inbound'],
      customParameters: {},
      isBidirectional: false,
      clock: systemClock,
      onMessage: () => undefined,
      onProblem: (...problem) => problems.push(problem),
    });

    let sent = 0;
    while (problems.length === 0 && sent < 1_000_000) {
      stream.media('inbound', PAYLOAD);
      sent += 1;
    }
    for (let i = 0; i < 100; i += 1) stream.media('inbound', PAYLOAD);
    peer.resume();
    await expect.poll(() => opened.socket.bufferedBytes).toBe(0);
    stream.media('inbound', PAYLOAD);
    await expect.poll(() => chunks.at(-1)).toBe(sent + 101);

    expect(problems).toEqual([['overflow', '524288 bytes wait to be taken']]);
    // Numbers of chunks that were left out are not given to others.
    expect(chunks).toEqual([
      ...Array.from({ length: sent - 1 }, (_, index) => index + 1),
      sent + 101,
    ]);
    await stream.stop();
    server.close();
  });
});
