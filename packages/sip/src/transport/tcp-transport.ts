import { connect, createServer, type Server, type Socket } from 'node:net';

import type { SipClock } from '../clock.ts';
import { errorCode, SipTransportError } from '../errors.ts';
import { TcpConnection } from './tcp-connection.ts';
import {
  plainAddress,
  type Remote,
  type SipTransport,
  type Source,
  type TransportEvents,
} from './transport.ts';

/** Streams a peer may hold open in all; more are refused by the listener. */
const MAX_CONNECTIONS = 10_000;

/** How long queued bytes may still go out when the transport closes. */
const CLOSE_TIMEOUT_MS = 500;

export class TcpTransport implements SipTransport {
  readonly kind = 'tcp';
  readonly #server: Server;
  readonly #clock: SipClock;
  readonly #events: TransportEvents;
  readonly #byId = new Map<number, TcpConnection>();
  /** The newest connection to each `host:port`, whichever side opened it. */
  readonly #byRemote = new Map<string, TcpConnection>();
  #nextId = 1;
  #closing: Promise<void> | undefined;

  private constructor(server: Server, clock: SipClock, events: TransportEvents) {
    this.#server = server;
    this.#clock = clock;
    this.#events = events;
    server.maxConnections = MAX_CONNECTIONS;
    server.on('connection', (socket) => {
      this.#adopt(
        socket,
        {
          transport: 'tcp',
          host: plainAddress(socket.remoteAddress ?? ''),
          port: socket.remotePort ?? 0,
        },
        false,
      );
    });
    server.on('error', (cause) => {
      events.onProblem({ kind: 'connection', message: `TCP listener: ${cause.message}`, cause });
    });
  }

  /** @throws SipTransportError when the port cannot be had. */
  static listen(
    host: string,
    port: number,
    clock: SipClock,
    events: TransportEvents,
  ): Promise<TcpTransport> {
    const server = createServer();
    return new Promise((resolve, reject) => {
      server.once('error', (cause) => {
        reject(
          new SipTransportError(`Cannot listen on TCP ${host}:${port}: ${cause.message}`, {
            code: errorCode(cause),
            cause,
          }),
        );
      });
      server.listen(port, host, () => {
        server.removeAllListeners('error');
        resolve(new TcpTransport(server, clock, events));
      });
    });
  }

  get isOpen(): boolean {
    return this.#server.listening;
  }

  get port(): number {
    const address = this.#server.address();
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
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    const open = [...this.#byId.values()];
    for (const connection of open) connection.end();
    // A peer that does not read must not hold the close up.
    const stop = this.#clock.after(CLOSE_TIMEOUT_MS, () => {
      for (const connection of open) connection.destroy();
    });
    await Promise.all([closed, ...open.map((connection) => connection.closed)]);
    stop();
  }

  #connect(remote: Remote): TcpConnection {
    const socket = connect({ host: remote.host, port: remote.port });
    const { transport, host, port } = remote;
    return this.#adopt(socket, { transport, host, port }, true);
  }

  #adopt(socket: Socket, remote: Remote, outgoing: boolean): TcpConnection {
    const id = this.#nextId;
    this.#nextId += 1;
    const key = remoteKey(remote);
    const connection = new TcpConnection({
      id,
      socket,
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

function remoteKey(remote: Remote): string {
  return `${remote.host}|${remote.port}`;
}
