import type { SipProblem } from '../errors.ts';

export type TransportKind = 'udp' | 'tcp' | 'tls';

/** A peer's address, resolved: `host` is a numeric IP without brackets. */
export interface Remote {
  readonly transport: TransportKind;
  readonly host: string;
  readonly port: number;
  /** The name it was looked up by, which a certificate must be for. */
  readonly serverName?: string;
}

/** Where bytes came from; `connection` names the stream, for the way back. */
export interface Source extends Remote {
  readonly connection?: number;
}

/** What a transport tells the layer above. Neither function may throw. */
export interface TransportEvents {
  /** One datagram, or one framed message of a stream. */
  onData(bytes: Buffer, source: Source): void;
  onProblem(problem: SipProblem): void;
}

/** A bound socket; the whole of what the stack needs of the network. */
export interface SipTransport {
  readonly kind: TransportKind;
  /** Open streams; 0 for datagrams. */
  readonly connections: number;
  /** Resolves when the bytes were handed to the system. @throws SipTransportError */
  send(bytes: Buffer, to: Source): Promise<void>;
  close(): Promise<void>;
}

/** `udp:192.0.2.1:5060`, for logs. */
export function remoteText(remote: Remote): string {
  return `${remote.transport}:${remote.host.includes(':') ? `[${remote.host}]` : remote.host}:${remote.port}`;
}

/** The plain form of an address as Node reports it: IPv4 out of IPv4-mapped IPv6, no zone. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped ?? address;
}
