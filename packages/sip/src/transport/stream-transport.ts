import type { Socket } from 'node:net';

import type { SipClock } from '../clock.ts';
import { errorCode, SipTransportError } from '../errors.ts';
import { StreamConnection } from './stream-connection.ts';
import type { StreamDriver } from './stream-driver.ts';
import {
  plainAddress,
  type Remote,
  remoteText,
  type SipTransport,
  type Source,
  type TransportEvents,
} from './transport.ts';

/** Streams a peer may hold open in all; more are refused by the listener. */
const MAX_CONNECTIONS = 10_000;

/** How long queued bytes may still go out when the transport closes. */
const CLOSE_TIMEOUT_MS = 500;

/** Streams of one kind, those that come in and those that we open. */
export class StreamTransport implements SipTransport {
  readonly kind: 'tcp' | 'tls';
  readonly #driver: StreamDriver;
  readonly #clock: SipClock;
  readonly #events: TransportEvents;
  readonly #byId = new Map<number, StreamConnection>();
  /** The newest connection to each peer, whichever side opened it. */
  readonly #byRemote = new Map<string, StreamConnection>();
  /** Sockets that have not shaken hands yet, or whose connection lives. */
  readonly #sockets = new Set<Socket>();
  #nextId = 1;
  #closing: Promise<void> | undefined;

  private constructor(driver: StreamDriver, clock: SipClock, events: TransportEvents) {
    this.kind = driver.kind;
    this.#driver = driver;
    this.#clock = clock;
    this.#events = events;
    const { server } = driver;
    if (server === undefined) return;
    server.maxConnections = MAX_CONNECTIONS;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on(driver.opened, (socket: Socket) => {
      this.#adopt(socket, { transport: this.kind, ...peerOf(socket) }, false);
    });
    server.on('tlsClientError', (cause: Error, socket: Socket) => {
      const remote = remoteText({ transport: 'tls', ...peerOf(socket) });
      const message = `TLS handshake failed: ${cause.message}`;
      events.onProblem({ kind: 'connection', message, remote, cause });
    });
    server.on('error', (cause) => {
      const message = `${this.kind.toUpperCase()} listener: ${cause.message}`;
      events.onProblem({ kind: 'connection', message, cause });
    });
  }

  /** @throws SipTransportError when the port cannot be had. */
  static listen(
    driver: StreamDriver,
    address: { readonly host: string; readonly port: number },
    clock: SipClock,
    events: TransportEvents,
  ): Promise<StreamTransport> {
    const { server } = driver;
    const { host, port } = address;
    if (server === undefined) return Promise.resolve(new StreamTransport(driver, clock, events));
    return new Promise((resolve, reject) => {
      const refused = (cause: Error): void => {
        const text = `Cannot listen on ${driver.kind.toUpperCase()} ${host}:${port}: ${cause.message}`;
        reject(new SipTransportError(text, { code: errorCode(cause), cause }));
      };
      server.once('error', refused);
      server.listen(port, host, () => {
        server.removeListener('error', refused);
        resolve(new StreamTransport(driver, clock, events));
      });
    });
  }

  get isOpen(): boolean {
    return this.#driver.server?.listening ?? this.#closing === undefined;
  }

  /** Whether the connection that was the source's is still there. */
  isConnected({ connection }: Source): boolean {
    return connection !== undefined && this.#byId.has(connection);
  }

  /** Calls `listener` when that connection closes, until stopped; never when it is closed already. */
  onClosed({ connection }: Source, listener: () => void): () => void {
    const open = connection === undefined ? undefined : this.#byId.get(connection);
    return open?.onClosed(listener) ?? (() => undefined);
  }

  get port(): number {
    const address = this.#driver.server?.address() ?? null;
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  get connections(): number {
    return this.#byId.size;
  }

  async send(bytes: Buffer, to: Source): Promise<void> {
    if (this.#closing !== undefined) {
      throw new SipTransportError('Transport is closed', { code: 'ECONNABORTED' });
    }
    // A response takes the connection its request came on, else a new one: RFC 3261 §18.2.2.
    const open =
      (to.connection === undefined ? undefined : this.#byId.get(to.connection)) ??
      this.#byRemote.get(remoteKey(to));
    await (open ?? this.#connect(to)).send(bytes);
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    const { server } = this.#driver;
    const closed = new Promise<void>((resolve) => {
      if (server === undefined) resolve();
      else server.close(() => resolve());
    });
    const open = [...this.#byId.values()];
    for (const connection of open) connection.end();
    // A peer that does not read must not hold the close up.
    const stop = this.#clock.after(CLOSE_TIMEOUT_MS, () => {
      for (const connection of open) connection.destroy();
      for (const socket of this.#sockets) socket.destroy();
    });
    await Promise.all([closed, ...open.map((connection) => connection.closed)]);
    stop();
  }

  #connect(remote: Remote): StreamConnection {
    const { transport, host, port, serverName } = remote;
    const name = serverName === undefined ? {} : { serverName };
    return this.#adopt(this.#driver.connect(remote), { transport, host, port, ...name }, true);
  }

  #adopt(socket: Socket, remote: Remote, outgoing: boolean): StreamConnection {
    const id = this.#nextId;
    this.#nextId += 1;
    const key = remoteKey(remote);
    const connection = new StreamConnection({
      id,
      socket,
      driver: this.#driver,
      remote,
      outgoing,
      clock: this.#clock,
      events: this.#events,
      onClose: () => {
        this.#byId.delete(id);
        if (this.#byRemote.get(key)?.id === id) this.#byRemote.delete(key);
      },
    });
    this.#byId.set(id, connection);
    this.#byRemote.set(key, connection);
    return connection;
  }
}

// A certificate that was good for one name is not good for another: RFC 5923 §9.
function remoteKey(remote: Remote): string {
  return `${remote.host}|${remote.port}|${remote.serverName ?? ''}`;
}

function peerOf(socket: Socket): { readonly host: string; readonly port: number } {
  return { host: plainAddress(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 };
}
