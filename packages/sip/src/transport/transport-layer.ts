import { createHash } from 'node:crypto';

import type { SipClock } from '../clock.ts';
import { errorCode, errorText, type SipProblem, SipTransportError } from '../errors.ts';
import { type Envelope, readEnvelope } from '../message/envelope.ts';
import { formatMessage } from '../message/format-message.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import { splitOutside } from '../message/params.ts';
import { parseMessage } from '../message/parse-message.ts';
import { respondTo } from '../message/respond.ts';
import { formatVia, parseVia, type Via } from '../message/via.ts';
import { bareHost } from './next-hop.ts';
import type { SourceGuard } from './source-guard.ts';
import { type SipTlsOptions, type StreamDriver, tcpDriver, tlsDriver } from './stream-driver.ts';
import { StreamTransport } from './stream-transport.ts';
import {
  type Remote,
  remoteText,
  type SipTransport,
  type Source,
  type TransportKind,
} from './transport.ts';
import { UdpTransport } from './udp-transport.ts';

const DEFAULT_PORT = 5060;
/** What peers pass over: RFC 3261 §7.5. */
const KEEP_ALIVE = Buffer.from('\r\n\r\n');
/** How often a free port is looked for that both UDP and TCP can have. */
const PORT_ATTEMPTS = 20;

export interface TraceEntry {
  readonly direction: 'in' | 'out';
  readonly transport: TransportKind;
  readonly remote: string;
  readonly text: string;
}

export interface TransportLayerOptions {
  readonly host: string;
  readonly port: number;
  readonly tcp: boolean;
  readonly tls: SipTlsOptions | undefined;
  readonly clock: SipClock;
  readonly guard: SourceGuard;
  readonly onMessage: (message: SipMessage, envelope: Envelope, source: Source) => void;
  readonly onProblem: (problem: SipProblem) => void;
  readonly onTrace: ((entry: TraceEntry) => void) | undefined;
}

/** The sockets of one endpoint, and the rules of RFC 3261 §18 between bytes and messages. */
export class TransportLayer {
  readonly #options: TransportLayerOptions;
  #udp: UdpTransport | undefined;
  #tcp: StreamTransport | undefined;
  #tls: StreamTransport | undefined;

  private constructor(options: TransportLayerOptions) {
    this.#options = options;
  }

  /** @throws SipTransportError when the port cannot be had for every transport wanted. */
  static async listen(options: TransportLayerOptions): Promise<TransportLayer> {
    const layer = new TransportLayer(options);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await layer.#bind();
        return layer;
      } catch (error) {
        // With port 0 the number TCP was given may be taken for UDP: then another is tried.
        const taken = error instanceof SipTransportError && error.code === 'EADDRINUSE';
        if (!taken || options.port !== 0 || attempt === PORT_ATTEMPTS) throw error;
      }
    }
  }

  get port(): number {
    return this.#udp?.port ?? 0;
  }

  /** 0 when nothing listens for TLS. */
  get tlsPort(): number {
    return this.#tls?.port ?? 0;
  }

  /** Whether every socket that was wanted still listens. */
  get isOpen(): boolean {
    const { tcp, tls } = this.#options;
    return (
      this.#udp?.isOpen === true &&
      (!tcp || this.#tcp?.isOpen === true) &&
      (tls?.listen === undefined || this.#tls?.isOpen === true)
    );
  }

  get connections(): number {
    return (this.#tcp?.connections ?? 0) + (this.#tls?.connections ?? 0);
  }

  /** Whether the stream a message came by is still there; never for datagrams. */
  isConnected(source: Source): boolean {
    const transport = source.transport === 'tls' ? this.#tls : this.#tcp;
    return source.transport !== 'udp' && transport?.isConnected(source) === true;
  }

  /** Calls `listener` when the stream a message came by closes, until stopped; never for datagrams. */
  onStreamClosed(source: Source, listener: () => void): () => void {
    const transport = source.transport === 'tls' ? this.#tls : this.#tcp;
    return transport?.onClosed(source, listener) ?? (() => undefined);
  }

  /** Sends a message to an address. @throws SipTransportError; TypeError for an unsafe message. */
  async send(message: SipMessage, to: Source): Promise<void> {
    const bytes = formatMessage(message);
    const transport: SipTransport | undefined = this.#transports[to.transport];
    if (transport === undefined) {
      throw new SipTransportError(`${to.transport} is not enabled`, { code: 'EPROTONOSUPPORT' });
    }
    this.#trace('out', to, bytes);
    await transport.send(bytes, to);
  }

  /** Sends an empty datagram, which keeps the way through a NAT open. */
  keepAlive(to: Remote): void {
    this.#udp?.send(KEEP_ALIVE, to).catch((cause) => {
      this.#sendFailed(cause, to);
    });
  }

  /** Sends a response where its top Via and its request's source say: RFC 3261 §18.2.2. */
  async respond(response: SipResponse, source: Source): Promise<void> {
    const via = parseVia(response.headers.list('via')[0] ?? '');
    if (via === undefined) throw new SipTransportError('Response without Via', { code: 'EINVAL' });
    const to = responseAddress(via, source);
    try {
      await this.send(response, to);
    } catch (error) {
      if (source.transport !== 'tcp') throw error;
      // The connection broke: a new one is opened to the sent-by port.
      const port = via.port ?? DEFAULT_PORT;
      await this.send(response, { transport: 'tcp', host: source.host, port });
    }
  }

  /** Refuses a request without keeping state; the tag is the same for each retransmission. */
  refuse(request: SipRequest, status: number, source: Source, retryAfterSec?: number): void {
    const headers: (readonly [string, string])[] = [];
    if (retryAfterSec !== undefined) headers.push(['Retry-After', String(retryAfterSec)]);
    const seed = `${request.headers.get('via') ?? ''}|${request.headers.get('call-id') ?? ''}`;
    const toTag = createHash('sha256').update(seed).digest('hex').slice(0, 16);
    this.respond(respondTo(request, status, { toTag, headers }), source).catch((cause) => {
      this.#sendFailed(cause, source);
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.#udp?.close(), this.#tcp?.close(), this.#tls?.close()]);
  }

  get #transports(): Readonly<Record<TransportKind, SipTransport | undefined>> {
    return { udp: this.#udp, tcp: this.#tcp, tls: this.#tls };
  }

  async #bind(): Promise<void> {
    const { host, port, tcp, tls, clock } = this.#options;
    const events = {
      onData: (bytes: Buffer, source: Source): void => {
        try {
          this.#receive(bytes, source);
        } catch (cause) {
          // A bug of ours, but one message must not take every other call down with it.
          const remote = remoteText(source);
          const message = `Message not handled: ${errorText(cause)}`;
          this.#options.onProblem({ kind: 'handler', message, remote, cause });
        }
      },
      onProblem: this.#options.onProblem,
    };
    try {
      if (tcp) {
        this.#tcp = await StreamTransport.listen(tcpDriver(), { host, port }, clock, events);
      }
      this.#udp = await UdpTransport.bind(host, this.#tcp?.port ?? port, events);
      if (tls !== undefined) {
        const address = { host, port: tls.listen?.port ?? 0 };
        this.#tls = await StreamTransport.listen(driverFor(tls), address, clock, events);
      }
    } catch (error) {
      await this.close();
      this.#tcp = undefined;
      this.#udp = undefined;
      throw error;
    }
  }

  #receive(bytes: Buffer, source: Source): void {
    const { guard } = this.#options;
    if (!guard.admit(source) || isKeepAlive(bytes)) return;
    this.#trace('in', source, bytes);
    const remote = remoteText(source);
    const parsed = parseMessage(bytes);
    if (!parsed.ok) {
      const { code, message, refusal } = parsed.error;
      if (!guard.admitMalformed(source)) return;
      const kind = code === 'oversize' ? 'oversize' : 'malformed';
      this.#options.onProblem({ kind, message, remote });
      if (refusal !== undefined) this.#refuseMalformed(refusal.request, refusal.status, source);
      return;
    }
    const stamped = stampVia(parsed.value, source);
    const envelope = readEnvelope(stamped);
    if (!envelope.ok) {
      if (!guard.admitMalformed(source)) return;
      this.#options.onProblem({ kind: 'malformed', message: envelope.error.message, remote });
      if (stamped.kind === 'request') this.#refuseMalformed(stamped, 400, source);
      return;
    }
    this.#options.onMessage(stamped, envelope.value, source);
  }

  #refuseMalformed(request: SipRequest, status: number, source: Source): void {
    // An ACK is never answered; without a Via there is nowhere to answer to.
    if (request.method === 'ACK') return;
    const stamped = stampVia(request, source);
    if (stamped.kind !== 'request') return;
    if (parseVia(stamped.headers.list('via')[0] ?? '') === undefined) return;
    this.refuse(stamped, status, source);
  }

  #sendFailed(cause: unknown, to: Remote): void {
    const message = errorText(cause);
    this.#options.onProblem({ kind: 'send-failed', message, remote: remoteText(to), cause });
  }

  #trace(direction: 'in' | 'out', remote: Remote, bytes: Buffer): void {
    const { onTrace } = this.#options;
    if (onTrace === undefined) return;
    const { transport, host, port } = remote;
    onTrace({
      direction,
      transport,
      remote: `${host}:${port}`,
      // Made for who asks: counting messages costs nothing.
      get text() {
        return bytes.toString('utf8');
      },
    });
  }
}

function driverFor(tls: SipTlsOptions): StreamDriver {
  try {
    return tlsDriver(tls);
  } catch (cause) {
    const message = `Certificate or key for TLS cannot be used: ${errorText(cause)}`;
    throw new SipTransportError(message, { code: errorCode(cause), cause });
  }
}

/** Datagrams some peers send to keep a NAT open: line ends or NULs only. */
function isKeepAlive(bytes: Buffer): boolean {
  return bytes.length <= 4 && bytes.every((byte) => byte === 0 || byte === 13 || byte === 10);
}

/** Notes in a request's top Via where it came from: RFC 3261 §18.2.1, RFC 3581 §4. */
function stampVia(message: SipMessage, source: Source): SipMessage {
  if (message.kind !== 'request') return message;
  const line = message.headers.get('via');
  if (line === undefined) return message;
  const [top, ...others] = splitOutside(line, ',');
  const via = parseVia(top ?? '');
  if (via === undefined) return message;
  // A value the peer wrote itself is replaced as well: only what we saw is ever answered to.
  const wantsPort = via.params.has('rport');
  if (!wantsPort && !via.params.has('received') && bareHost(via.host) === source.host)
    return message;
  const params = new Map(via.params);
  params.set('received', source.host);
  if (wantsPort) params.set('rport', String(source.port));
  const value = [formatVia({ ...via, params }), ...others].join(', ');
  return { ...message, headers: message.headers.replaceFirst('via', value) };
}

function responseAddress(via: Via, source: Source): Source {
  if (source.transport !== 'udp') return source;
  const maddr = via.params.get('maddr');
  const port = Number(via.params.get('rport') || (via.port ?? DEFAULT_PORT));
  // RFC 3261 §18.2.2 obeys any `maddr`; only multicast, its purpose, is obeyed here, as a unicast
  // one would let anybody point our responses at a third party.
  if (maddr !== undefined && /^(?:22[4-9]|23\d)\.[\d.]+$|^\[?ff/i.test(maddr)) {
    return { transport: 'udp', host: bareHost(maddr), port: via.port ?? DEFAULT_PORT };
  }
  return { transport: 'udp', host: source.host, port };
}
