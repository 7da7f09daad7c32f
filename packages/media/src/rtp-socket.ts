import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP, isIPv6 } from 'node:net';
import { MediaError } from './media-error.ts';

/** Ports to choose from, both ends included; pairs of an even and the odd one after it are used. */
export interface PortRange {
  readonly min: number;
  readonly max: number;
}

/** Tries at an even port from the system before giving up. */
const EPHEMERAL_TRIES = 64;

/** A pair of UDP sockets: RTP on the even port, RTCP on the odd one after it. RFC 3550 §11 */
export class RtpSocket {
  readonly localPort: number;
  readonly localHost: string;
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  #closing: Promise<void> | undefined;

  constructor(rtp: Socket, rtcp: Socket, localHost: string) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.localHost = localHost;
    this.localPort = rtp.address().port;
  }

  onMessage(listener: (bytes: Buffer, source: RemoteInfo) => void): void {
    this.#rtp.on('message', listener);
  }

  onControlMessage(listener: (bytes: Buffer, source: RemoteInfo) => void): void {
    this.#rtcp.on('message', listener);
  }

  onError(listener: (error: Error) => void): void {
    this.#rtp.on('error', listener);
    this.#rtcp.on('error', listener);
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
    this.#closing ??= Promise.all([closed(this.#rtp), closed(this.#rtcp)]).then(() => undefined);
    return this.#closing;
  }
}

/** Binds pairs of UDP ports. */
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
      const isEven = socket !== undefined && socket.address().port % 2 === 0;
      const pair = isEven ? await bindPartner(socket, host) : undefined;
      if (pair !== undefined) {
        return pair;
      }
      if (socket !== undefined && !isEven) {
        await closed(socket);
      }
    }
    throw new MediaError('NO_PORT', `The system offered no pair of UDP ports on ${host}`);
  }

  async #bindInRange(host: string, { min, max }: PortRange): Promise<RtpSocket> {
    const firstPort = min + (min % 2);
    const count = Math.floor((max - firstPort + 1) / 2);
    const key = `${host} ${min}-${max}`;
    for (let tries = 0; tries < count; tries += 1) {
      const cursor = (this.#cursors.get(key) ?? 0) % count;
      this.#cursors.set(key, cursor + 1);
      const socket = await bindSocket(host, firstPort + cursor * 2);
      const pair = socket === undefined ? undefined : await bindPartner(socket, host);
      if (pair !== undefined) {
        return pair;
      }
    }
    throw new MediaError(
      'NO_PORT',
      `No pair of UDP ports from ${min} to ${max} is free on ${host}`,
    );
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

/** Undefined: the port after it is taken; the socket is closed then. */
async function bindPartner(rtp: Socket, host: string): Promise<RtpSocket | undefined> {
  let rtcp: Socket | undefined;
  try {
    rtcp = await bindSocket(host, rtp.address().port + 1);
  } finally {
    if (rtcp === undefined) {
      await closed(rtp);
    }
  }
  return rtcp && new RtpSocket(rtp, rtcp, host);
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.close(() => resolve());
  });
}

/** Undefined: the port is taken. */
async function bindSocket(host: string, port: number): Promise<Socket | undefined> {
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
  return socket;
}
