import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP, isIPv6 } from 'node:net';
import { MediaError } from './media-error.ts';

/** Ports to choose from, both ends included; only even ones are used. */
export interface PortRange {
  readonly min: number;
  readonly max: number;
}

/** Tries at an even port from the system before giving up. */
const EPHEMERAL_TRIES = 64;

/** A UDP socket on an even port. */
export class RtpSocket {
  readonly localPort: number;
  readonly localHost: string;
  readonly #socket: Socket;
  #closing: Promise<void> | undefined;

  constructor(socket: Socket, localHost: string) {
    this.#socket = socket;
    this.localHost = localHost;
    this.localPort = socket.address().port;
  }

  onMessage(listener: (bytes: Buffer, source: RemoteInfo) => void): void {
    this.#socket.on('message', listener);
  }

  onError(listener: (error: Error) => void): void {
    this.#socket.on('error', listener);
  }

  /** Sends to an IP address. A packet the network refuses is lost, as on the way. */
  send(packet: Buffer, port: number, address: string): void {
    this.#socket.send(packet, port, address);
  }

  /** Resolves when the port is free again. */
  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#socket.close(() => resolve());
    });
    return this.#closing;
  }
}

/**
 * Binds even UDP ports: RTP takes the even port of a pair and leaves the odd one to RTCP.
 * Source: RFC 3550 §11.
 */
export class PortAllocator {
  /** Where the last search ended, per range, so that a freed port rests before its next use. */
  readonly #cursors = new Map<string, number>();

  /** @throws MediaError `NO_PORT` or `BIND_FAILED`. */
  async bind(host: string, range: PortRange | undefined): Promise<RtpSocket> {
    const address = await resolveHost(host);
    return range === undefined ? this.#bindEphemeral(address) : this.#bindInRange(address, range);
  }

  async #bindEphemeral(host: string): Promise<RtpSocket> {
    for (let tries = 0; tries < EPHEMERAL_TRIES; tries += 1) {
      const socket = await bindSocket(host, 0);
      if (socket !== undefined && socket.localPort % 2 === 0) {
        return socket;
      }
      await socket?.close();
    }
    throw new MediaError('NO_PORT', `The system offered no even UDP port on ${host}`);
  }

  async #bindInRange(host: string, { min, max }: PortRange): Promise<RtpSocket> {
    const firstPort = min + (min % 2);
    const count = Math.floor((max - firstPort) / 2) + 1;
    const key = `${host} ${min}-${max}`;
    for (let tries = 0; tries < count; tries += 1) {
      const cursor = (this.#cursors.get(key) ?? 0) % count;
      this.#cursors.set(key, cursor + 1);
      const socket = await bindSocket(host, firstPort + cursor * 2);
      if (socket !== undefined) {
        return socket;
      }
    }
    throw new MediaError('NO_PORT', `No even UDP port from ${min} to ${max} is free on ${host}`);
  }
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

/** Undefined: the port is taken. */
async function bindSocket(host: string, port: number): Promise<RtpSocket | undefined> {
  // Addresses are resolved before they get here: answering at once spares a look-up per packet.
  const family = isIPv6(host) ? 6 : 4;
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    lookup: (hostname, _options, callback) => callback(null, hostname, family),
  });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind({ port, address: host, exclusive: true }, () => {
        socket.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    socket.close();
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      return undefined;
    }
    throw new MediaError('BIND_FAILED', `Cannot bind a UDP port on ${host}`, { cause: error });
  }
  return new RtpSocket(socket, host);
}
