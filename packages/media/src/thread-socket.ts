import type { PacketRing, RecordKind } from './packet-ring.ts';

/** A UDP port and its IP address. */
interface Address {
  readonly address: string;
  readonly port: number;
}

/** Where a packet came from, and when: a reading of `performance.now()`. */
export interface Arrival extends Address {
  readonly atMs: number;
}

/** NOTE: a time in a field would be made an object of for each packet. */
class LatestArrival implements Arrival {
  readonly address: string;
  readonly port: number;
  readonly #atMs = new Float64Array([Number.NaN]);

  constructor({ address, port }: Address) {
    this.address = address;
    this.port = port;
  }

  get atMs(): number {
    return this.#atMs[0] ?? Number.NaN;
  }

  set atMs(atMs: number) {
    this.#atMs[0] = atMs;
  }
}

/** Takes a packet. Both are overwritten by the next one. */
export type PacketListener = (bytes: Buffer, arrival: Arrival) => void;

/** What a socket needs of the thread that carries its packets. */
export interface PacketCarrier {
  /** Hands what has come to the listeners of its sockets. */
  receive(): void;
  /** False: there is no room. */
  put(kind: RecordKind, socketId: number, content: Uint8Array): boolean;
  /** Resolves when the port of the socket is free. */
  closeSocket(socketId: number): Promise<void>;
}

/** A UDP socket in another thread. Its listeners are called in the thread that has made it. */
export class ThreadSocket {
  readonly id: number;
  readonly host: string;
  readonly #carrier: PacketCarrier;
  #port = 0;
  /** One for all packets of a source. */
  #arrival = new LatestArrival({ address: '', port: 0 });
  #targetAddress = '';
  #targetPort = 0;
  #onPacket: PacketListener | undefined;
  #onError: ((error: Error) => void) | undefined;
  #onLost: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(carrier: PacketCarrier, id: number, host: string) {
    this.#carrier = carrier;
    this.id = id;
    this.host = host;
  }

  /** 0 before it is open. */
  get port(): number {
    return this.#port;
  }

  /** Instead of who listened before. */
  listen(listeners: {
    readonly onPacket: PacketListener;
    readonly onError: (error: Error) => void;
    /** The socket is gone for good. */
    readonly onLost: () => void;
  }): void {
    this.#onPacket = listeners.onPacket;
    this.#onError = listeners.onError;
    this.#onLost = listeners.onLost;
  }

  /** Takes what has come until now, of all sockets of the thread. */
  receive(): void {
    this.#carrier.receive();
  }

  send(packet: Uint8Array, port: number, address: string): void {
    if (port !== this.#targetPort || address !== this.#targetAddress) {
      if (!this.#carrier.put('address', this.id, writeAddress(port, address))) return;
      this.#targetPort = port;
      this.#targetAddress = address;
    }
    this.#carrier.put('packet', this.id, packet);
  }

  /** Resolves when the port is free again. */
  close(): Promise<void> {
    this.#closing ??= this.#carrier.closeSocket(this.id);
    return this.#closing;
  }

  /** Takes what the ring has read. */
  take(ring: PacketRing): void {
    if (ring.kind === 'address') {
      this.#arrival = new LatestArrival(readAddress(ring.content));
      return;
    }
    this.#arrival.atMs = ring.atMs;
    this.#onPacket?.(ring.content, this.#arrival);
  }

  takeError(error: Error): void {
    this.#onError?.(error);
  }

  /** By a thread that does not know where it sends to. */
  opened(port: number): void {
    this.#port = port;
    this.#targetPort = 0;
  }

  lost(): void {
    this.#onLost?.();
  }
}

/** An address as it passes between threads. */
export function writeAddress(port: number, address: string): Buffer {
  const content = Buffer.alloc(2 + address.length);
  content.writeUInt16LE(port);
  content.write(address, 2, 'latin1');
  return content;
}

/** What {@link writeAddress} has written. */
export function readAddress(content: Buffer): Address {
  return { port: content.readUInt16LE(0), address: content.toString('latin1', 2) };
}
