import { createSocket, type Socket } from 'node:dgram';

import { errorCode, errorText, SipTransportError } from '../errors.ts';
import { plainAddress, type Source, type SipTransport, type TransportEvents } from './transport.ts';

/** Most bytes an IPv4 datagram can carry. */
const MAX_DATAGRAM_BYTES = 65_507;
/** Room for a burst of calls; the default holds about 160 small datagrams on Linux. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

export class UdpTransport implements SipTransport {
  readonly kind = 'udp';
  readonly connections = 0;
  readonly #socket: Socket;
  #isOpen = true;
  #closing: Promise<void> | undefined;

  private constructor(socket: Socket, events: TransportEvents) {
    this.#socket = socket;
    socket.on('message', (bytes, from) => {
      events.onData(bytes, {
        transport: 'udp',
        host: plainAddress(from.address),
        port: from.port,
      });
    });
    socket.once('close', () => {
      this.#isOpen = false;
    });
    // A late ICMP error must not take the process down.
    socket.on('error', (cause) => {
      events.onProblem({ kind: 'connection', message: `UDP socket: ${cause.message}`, cause });
    });
  }

  /** @throws SipTransportError when the port cannot be had. */
  static bind(host: string, port: number, events: TransportEvents): Promise<UdpTransport> {
    const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4' });
    return new Promise((resolve, reject) => {
      socket.once('error', (cause) => {
        socket.close();
        reject(
          new SipTransportError(`Cannot bind UDP ${host}:${port}: ${cause.message}`, {
            code: errorCode(cause),
            cause,
          }),
        );
      });
      socket.bind(port, host, () => {
        socket.removeAllListeners('error');
        enlarge(socket);
        resolve(new UdpTransport(socket, events));
      });
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  send(bytes: Buffer, to: Source): Promise<void> {
    return new Promise((resolve, reject) => {
      const failed = (cause: unknown): void => {
        reject(
          new SipTransportError(`Cannot send: ${errorText(cause)}`, {
            code: errorCode(cause),
            cause,
          }),
        );
      };
      if (bytes.length > MAX_DATAGRAM_BYTES) {
        reject(new SipTransportError('Message does not fit a datagram', { code: 'EMSGSIZE' }));
        return;
      }
      try {
        this.#socket.send(bytes, to.port, to.host, (cause) => {
          if (cause === null) resolve();
          else failed(cause);
        });
      } catch (cause) {
        failed(cause);
      }
    });
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#socket.close(() => {
        resolve();
      });
    });
    return this.#closing;
  }
}

function enlarge(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch {
    // Linux takes what it allows; others refuse more than they allow, and keep their default.
  }
}
