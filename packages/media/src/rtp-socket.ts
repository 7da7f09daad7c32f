import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { MediaError } from './media-error.ts';
import { SocketThread } from './socket-thread.ts';
import type { SocketThreadOptions } from './socket-thread.ts';
import type { PacketListener, ThreadSocket } from './thread-socket.ts';

/** Ports to choose from, both ends included; pairs of an even and the odd one after it are used. */
export interface PortRange {
  readonly min: number;
  readonly max: number;
}

/** A pair of UDP sockets: RTP on the even port, RTCP on the odd one after it. RFC 3550 §11 */
export class RtpSocket {
  readonly localPort: number;
  readonly localHost: string;
  readonly #rtp: ThreadSocket;
  readonly #rtcp: ThreadSocket;
  #closing: Promise<void> | undefined;

  constructor(rtp: ThreadSocket, rtcp: ThreadSocket, localHost: string) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.localHost = localHost;
    this.localPort = rtp.port;
  }

  /** Instead of who listened before. */
  listen(listeners: {
    readonly onPacket: PacketListener;
    readonly onControlPacket: PacketListener;
    readonly onError: (error: Error) => void;
    /** One of the two is gone for good. */
    readonly onLost: () => void;
  }): void {
    const { onPacket, onControlPacket, onError, onLost } = listeners;
    this.#rtp.listen({ onPacket, onError, onLost });
    this.#rtcp.listen({ onPacket: onControlPacket, onError, onLost });
  }

  /** Takes what has come until now, also to other pairs. */
  receive(): void {
    this.#rtp.receive();
  }

  /** Sends to an IP address. A packet the network refuses is lost, as on the way. */
  send(packet: Buffer, port: number, address: string): void {
    this.#rtp.send(packet, port, address);
  }

  /** Sends from the port of RTCP. */
  sendControl(packet: Buffer, port: number, address: string): void {
    this.#rtcp.send(packet, port, address);
  }

  /** Resolves when both ports are free again. */
  close(): Promise<void> {
    this.#closing ??= Promise.all([this.#rtp.close(), this.#rtcp.close()]).then(() => undefined);
    return this.#closing;
  }
}

/** Options of a {@link PortAllocator}. */
export interface PortAllocatorOptions extends SocketThreadOptions {
  /** Pairs a thread has before another is begun, up to as many threads as cores; default 500. */
  readonly pairsPerThread?: number | undefined;
}

/** A third of a core, when all are talking. */
const PAIRS_PER_THREAD = 500;
const SOCKETS_PER_PAIR = 2;

/** Binds pairs of UDP ports, in threads that are begun as they are needed. */
export class PortAllocator {
  readonly #options: PortAllocatorOptions;
  /** Where the last search ended, per range, so that a freed port rests before its next use. */
  readonly #cursors = new Map<string, number>();
  #threads: readonly SocketThread[] = [];
  /** Of threads that have ended. */
  #droppedBefore = 0;
  #isClosed = false;

  constructor(options: PortAllocatorOptions) {
    this.#options = options;
  }

  /** Threads that run. */
  get threads(): number {
    return this.#threads.length;
  }

  /** Packets that found no room between the threads. */
  get dropped(): number {
    return this.#threads.reduce((sum, thread) => sum + thread.dropped, this.#droppedBefore);
  }

  /** @throws MediaError `NO_PORT`, `BIND_FAILED` or `CLOSED`. */
  async bind(host: string, range: PortRange | undefined): Promise<RtpSocket> {
    const address = await resolveHost(host);
    if (this.#isClosed) throw new MediaError('CLOSED', 'The media engine is closed');
    const thread = this.#thread();
    return range === undefined
      ? bindEphemeral(thread, address)
      : this.#bindInRange(thread, address, range);
  }

  /** Once per tick: hands what has come to the listeners. */
  tick(): void {
    for (const thread of this.#threads) thread.tick();
  }

  /** Ends the threads; pairs that are still open end with them. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  /** The one with the fewest sockets, or a new one. */
  #thread(): SocketThread {
    const { pairsPerThread = PAIRS_PER_THREAD } = this.#options;
    const ended = this.#threads.filter((thread) => thread.hasEnded);
    this.#droppedBefore += ended.reduce((sum, thread) => sum + thread.dropped, 0);
    this.#threads = this.#threads.filter((thread) => !thread.hasEnded);
    const [emptiest] = [...this.#threads].sort((a, b) => a.load - b.load);
    if (
      emptiest !== undefined &&
      (emptiest.load < pairsPerThread * SOCKETS_PER_PAIR ||
        this.#threads.length >= availableParallelism())
    ) {
      return emptiest;
    }
    const begun = new SocketThread(this.#options);
    this.#threads = [...this.#threads, begun];
    return begun;
  }

  async #bindInRange(
    thread: SocketThread,
    host: string,
    { min, max }: PortRange,
  ): Promise<RtpSocket> {
    const firstPort = min + (min % 2);
    const count = Math.floor((max - firstPort + 1) / 2);
    const key = `${host} ${min}-${max}`;
    for (let tries = 0; tries < count; tries += 1) {
      const cursor = (this.#cursors.get(key) ?? 0) % count;
      this.#cursors.set(key, cursor + 1);
      const pair = await thread.bindPair(host, firstPort + cursor * 2);
      if (pair !== undefined) {
        return new RtpSocket(...pair, host);
      }
    }
    throw new MediaError(
      'NO_PORT',
      `No pair of UDP ports from ${min} to ${max} is free on ${host}`,
    );
  }
}

async function bindEphemeral(thread: SocketThread, host: string): Promise<RtpSocket> {
  const pair = await thread.bindPair(host, 0);
  if (pair !== undefined) return new RtpSocket(...pair, host);
  throw new MediaError('NO_PORT', `The system offered no pair of UDP ports on ${host}`);
}

async function resolveHost(host: string): Promise<string> {
  if (isIP(host) !== 0) {
    return host;
  }
  try {
    return (await lookup(host, { order: 'ipv4first' })).address;
  } catch (error) {
    throw new MediaError('BIND_FAILED', `The host ${host} has no address`, { cause: error });
  }
}
