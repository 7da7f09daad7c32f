import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LegRuntime } from '../src/leg-runtime.ts';
import { realClock } from '../src/real-clock.ts';
import { PortAllocator } from '../src/rtp-socket.ts';
import type { PortAllocatorOptions, RtpSocket } from '../src/rtp-socket.ts';
import { SocketThread } from '../src/socket-thread.ts';
import { RtpPeer } from './_rtp-peer.ts';
import { until } from './_until.ts';

const HOST = '127.0.0.1';

let errors: unknown[];
let overruns: number[];
let peer: RtpPeer;
const allocators: PortAllocator[] = [];

beforeEach(async () => {
  errors = [];
  overruns = [];
  peer = await RtpPeer.open();
});

afterEach(async () => {
  await Promise.all(allocators.splice(0).map((allocator) => allocator.close()));
  await peer.close();
});

function allocate(options: Partial<PortAllocatorOptions> = {}): PortAllocator {
  const allocator = new PortAllocator({
    onError: (error) => errors.push(error),
    onOverrun: (packets) => overruns.push(packets),
    ...options,
  });
  allocators.push(allocator);
  return allocator;
}

function file(name: string): string {
  return fileURLToPath(new URL(`data/${name}`, import.meta.url));
}

/** What a pair hears from now on, and whether it is lost. */
function listen(pair: RtpSocket): { heard: string[]; ports: number[]; lost: number } {
  const found = { heard: [] as string[], ports: [] as number[], lost: 0 };
  pair.listen({
    onPacket: (bytes, source) => {
      found.heard.push(bytes.toString());
      found.ports.push(source.port);
    },
    onControlPacket: () => undefined,
    onError: (error) => errors.push(error),
    onLost: () => {
      found.lost += 1;
    },
  });
  return found;
}

describe('threads of sockets', () => {
  it('are begun as there is need, at most as many as cores', async () => {
    const allocator = allocate({ pairsPerThread: 2 });

    const begun = [allocator.threads];
    for (let pairs = 0; pairs < 2 * availableParallelism() + 2; pairs += 1) {
      await allocator.bind(HOST, undefined);
      begun.push(allocator.threads);
    }

    expect(begun.slice(0, 4)).toEqual([0, 1, 1, Math.min(2, availableParallelism())]);
    expect(begun.at(-1)).toBe(availableParallelism());
  });

  it('tell who has sent what is heard before the socket is known to be open', async () => {
    const thread = new SocketThread({ onError: () => undefined, onOverrun: () => undefined });
    await thread.bindPair(HOST, 0); // It runs.
    const early = createSocket({
      type: 'udp4',
      lookup: (host, _options, callback) => callback(null, host, 4),
    });
    const listening = once(early, 'listening');
    early.bind(0, HOST);
    await listening;

    const opening = thread.bindPair(HOST, 23_602);
    standStill(); // Until it is open,
    early.send('early', 23_602, HOST);
    standStill(); // and has heard.
    thread.tick();
    const pair = await opening;
    const sources: unknown[] = [];
    pair?.[0].listen({
      onPacket: (_bytes, source) => sources.push(source),
      onError: () => undefined,
      onLost: () => undefined,
    });
    early.send('late', 23_602, HOST);
    await until(() => {
      thread.tick();
      return sources.length > 0;
    });

    expect(sources).toMatchObject([{ address: HOST, port: early.address().port }]);
    early.close();
    await thread.close();
  });

  it('drop what has no room while calls stand still, and tell of it', async () => {
    const allocator = allocate();
    const pair = await allocator.bind(HOST, undefined);
    const found = listen(pair);

    const packet = Buffer.alloc(60_000);
    for (let count = 0; count < 50; count += 1) pair.send(packet, peer.port, HOST);
    allocator.tick();
    allocator.tick();
    for (let count = 0; count < 50; count += 1) pair.send(packet, peer.port, HOST);
    allocator.tick();

    expect(allocator.dropped).toBeGreaterThan(overruns[0] ?? 0);
    expect(overruns).toHaveLength(1);
    expect(overruns[0]).toBeGreaterThan(10);
    await until(() => {
      peer.sendBytes(pair.localPort, Buffer.from('after'));
      allocator.tick();
      return found.heard.length > 0;
    });
  });
});

describe('a thread of sockets that ends', () => {
  it('is replaced: its sockets are opened again at their ports, and packets pass', async () => {
    const allocator = allocate({ threadFile: file('mortal-socket-worker.mjs') });
    const pair = await allocator.bind(HOST, undefined);
    const found = listen(pair);
    pair.send(Buffer.from('before'), peer.port, HOST);

    await expect(allocator.bind(HOST, { min: 2, max: 3 })).rejects.toMatchObject({
      code: 'BIND_FAILED',
    });
    const answered = peer.collect(1);
    await until(() => {
      peer.sendBytes(pair.localPort, Buffer.from('after'));
      allocator.tick();
      return found.heard.length > 0;
    });
    const rtp = Buffer.alloc(12);
    rtp[0] = 0x80;
    pair.send(rtp, peer.port, HOST);

    expect((await answered)[0]?.sourcePort).toBe(pair.localPort);
    expect(found).toMatchObject({ lost: 0 });
    expect(errors).toMatchObject([
      {
        code: 'THREAD_ENDED',
        message: 'The thread of 2 sockets ended: another opens them again, at their ports',
        cause: { message: 'asked for port 2' },
      },
    ]);
    await pair.close();
  });

  it('and whose successor cannot begin loses its sockets: their peers count as silent, and a new one opens others', async () => {
    const allocator = allocate({ threadFile: file('stillborn-socket-worker.mjs') });
    const pair = await allocator.bind(HOST, undefined);
    const leg = new LegRuntime(
      pair,
      realClock,
      (error) => errors.push(error),
      () => undefined,
    );
    let silences = 0;
    leg.watchdog.watch(60_000, () => {
      silences += 1;
    });

    await expect(allocator.bind(HOST, { min: 2, max: 3 })).rejects.toMatchObject({
      code: 'BIND_FAILED',
    });
    await until(() => silences > 0);
    const other = await allocator.bind(HOST, undefined);
    const heard = listen(other);
    await until(() => {
      peer.sendBytes(other.localPort, Buffer.from('here'));
      allocator.tick();
      return heard.heard.length > 0;
    });

    expect(errors.map((error) => (error as Error).message)).toEqual([
      'The thread of 2 sockets ended: another opens them again, at their ports',
      'The thread of 2 sockets ended: it had opened none, so that they are lost, and their calls with them',
    ]);
    expect(silences).toBe(1);
    await leg.close();
  });
});

/** Lets the other threads work while this one does not. */
function standStill(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
}
