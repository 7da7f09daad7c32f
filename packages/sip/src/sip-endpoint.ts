import type { Agent, Closeable, DialogPeer } from './agent/agent.ts';
import type { IncomingCall } from './agent/incoming-call.ts';
import type { IncomingRegister } from './agent/incoming-register.ts';
import { ForkedCall } from './agent/forked-call.ts';
import type { InviteOptions } from './agent/invite-options.ts';
import type { OutgoingCall } from './agent/outgoing-call.ts';
import { PlacedCall } from './agent/placed-call.ts';
import { LiveRegistration, type RegisterOptions, type Registration } from './agent/registration.ts';
import { Router } from './agent/router.ts';
import { CountingClock, type SipClock } from './clock.ts';
import type { SipProblem } from './errors.ts';
import { randomIds, type SipIds } from './ids.ts';
import { NO_PARAMS, refuseLineBreak } from './message/params.ts';
import { formatSipUri } from './message/uri.ts';
import { realClock } from './real-clock.ts';
import { TransactionLayer } from './transaction/transaction-layer.ts';
import { uriHost } from './transport/next-hop.ts';
import { type DroppedCounts, SourceGuard, type SourceLimits } from './transport/source-guard.ts';
import type { SipTlsOptions } from './transport/stream-driver.ts';
import type { Source } from './transport/transport.ts';
import { type TraceEntry, TransportLayer } from './transport/transport-layer.ts';

export interface SipEndpointOptions {
  /** The address to bind; `0.0.0.0` for all, which then wants `advertisedHost`. */
  readonly host: string;
  /** 0 picks a number free for both UDP and TCP. */
  readonly port: number;
  /** In Via and Contact; default: `host`. */
  readonly advertisedHost?: string;
  readonly userAgent: string;
  /** Listens on TCP too, on the same port number; default true. */
  readonly tcp?: boolean;
  /** Without it nothing is sent or taken over TLS. */
  readonly tls?: SipTlsOptions;
  /** Default: real time. */
  readonly clock?: SipClock;
  /** Default: cryptographically random. */
  readonly ids?: SipIds;
  /** RFC 3261 table 4; default 500. */
  readonly t1Ms?: number;
  /** Default 4000. */
  readonly t2Ms?: number;
  /** Default 5000. */
  readonly t4Ms?: number;
  /** Live transactions at which new requests are answered 503; default 10,000. */
  readonly maxTransactions?: number;
  /** What each address may do. */
  readonly limits?: SourceLimits;
  /** How long `close()` waits for peers to confirm BYE, CANCEL and REGISTER; default 2000. */
  readonly closeTimeoutMs?: number;
  /** Without it INVITE is declined with 603. */
  readonly onInvite?: (call: IncomingCall) => void;
  /** Without it REGISTER is answered 405. */
  readonly onRegister?: (request: IncomingRegister) => void;
  /** What a log should hear of; it never needs an answer. */
  readonly onProblem?: (problem: SipProblem) => void;
  /** Every message, as sent or received. */
  readonly onTrace?: (entry: TraceEntry) => void;
}

/** What an endpoint holds at the moment; all zero some time after the last call, an hour for streams and their timers. */
export interface SipEndpointCounts {
  readonly transactions: number;
  readonly dialogs: number;
  readonly connections: number;
  readonly timers: number;
}

/** A SIP user agent on one port: places, takes and registers. */
export class SipEndpoint implements AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** 0 when nothing listens for TLS. */
  readonly tlsPort: number;
  readonly #agent: Agent;
  readonly #clock: CountingClock;
  readonly #transport: TransportLayer;
  readonly #guard: SourceGuard;
  readonly #closeTimeoutMs: number;
  #closing: Promise<void> | undefined;

  private constructor(options: SipEndpointOptions, clock: CountingClock, parts: Parts) {
    this.host = options.host;
    this.port = parts.transport.port;
    this.tlsPort = parts.transport.tlsPort;
    this.#clock = clock;
    this.#transport = parts.transport;
    this.#guard = parts.guard;
    this.#closeTimeoutMs = options.closeTimeoutMs ?? 2000;
    this.#agent = this.#assemble(options, parts);
  }

  /**
   * @throws SipTransportError, with `code: 'EADDRINUSE'` when the port is taken
   * @throws TypeError when `userAgent` or `advertisedHost` cannot stand in a header
   */
  static async listen(options: SipEndpointOptions): Promise<SipEndpoint> {
    refuseLineBreak(options.userAgent, 'userAgent');
    const advertised = uriHost(options.advertisedHost ?? options.host);
    formatSipUri({ scheme: 'sip', host: advertised, params: NO_PARAMS });
    const clock = new CountingClock(options.clock ?? realClock);
    const problem = silenced(options.onProblem);
    const guard = new SourceGuard(clock, options.limits ?? {}, problem);
    // Bytes may arrive before the endpoint is assembled; there is nobody to answer them yet.
    let endpoint: SipEndpoint | undefined;
    const transport = await TransportLayer.listen({
      host: options.host,
      port: options.port,
      tcp: options.tcp ?? true,
      tls: options.tls,
      clock,
      guard,
      onMessage: (message, envelope, source) => {
        if (endpoint !== undefined) {
          endpoint.#agent.transactions.receive(message, envelope, source);
        }
      },
      onProblem: problem,
      onTrace: options.onTrace === undefined ? undefined : silenced(options.onTrace),
    });
    endpoint = new SipEndpoint(options, clock, { transport, guard, problem });
    return endpoint;
  }

  /** What was dropped since the start, as its source did more than it may. */
  get dropped(): DroppedCounts {
    return this.#guard.dropped;
  }

  get counts(): SipEndpointCounts {
    return {
      transactions: this.#agent.transactions.size,
      dialogs: this.#agent.dialogs.size,
      connections: this.#transport.connections,
      timers: this.#clock.running,
    };
  }

  /** Whether peers reach it: false once a socket is closed, or the endpoint is. */
  get isOpen(): boolean {
    return this.#closing === undefined && this.#transport.isOpen;
  }

  /** Places a call. @throws TypeError when a value would inject a header. */
  invite(options: InviteOptions): OutgoingCall {
    return options.also === undefined
      ? new PlacedCall(this.#agent, options)
      : new ForkedCall(this.#agent, options);
  }

  /** Registers and keeps the binding fresh. @throws TypeError when an address is malformed. */
  register(options: RegisterOptions): Registration {
    return new LiveRegistration(this.#agent, options);
  }

  /** Sends an empty datagram to where a phone registered from by UDP, so that its NAT lets requests in. */
  keepAlive(flow: Source): void {
    if (this.#closing === undefined) this.#transport.keepAlive(flow);
  }

  /** Whether the stream a phone registered by is still there; never for datagrams. */
  isConnected(flow: Source): boolean {
    return this.#transport.isConnected(flow);
  }

  /** Hangs up, cancels and unregisters all there is, then closes the sockets; idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #shutDown(): Promise<void> {
    const { open, dialogs, transactions } = this.#agent;
    const farewells = [...open].map((part) => part.close());
    farewells.push(...[...dialogs.values()].map((dialog) => dialog.bye()));
    let stop = (): void => undefined;
    const patience = new Promise<void>((resolve) => {
      stop = this.#clock.after(this.#closeTimeoutMs, resolve);
    });
    await Promise.race([Promise.allSettled(farewells), patience]);
    stop();
    transactions.abandonAll();
    for (const dialog of dialogs.values()) dialog.drop();
    await this.#transport.close();
    this.#clock.clear();
  }

  #assemble(options: SipEndpointOptions, parts: Parts): Agent {
    const { t1Ms = 500, t2Ms = 4000, t4Ms = 5000, ids = randomIds } = options;
    const methods = [
      'INVITE',
      'ACK',
      'CANCEL',
      'BYE',
      'OPTIONS',
      'INFO',
      'PRACK',
      'UPDATE',
      'REFER',
      'NOTIFY',
    ];
    if (options.onRegister !== undefined) methods.push('REGISTER');
    const timing = { t1Ms, t2Ms, t4Ms };
    const host = uriHost(options.advertisedHost ?? options.host);
    const address: Agent['address'] = (transport) => ({
      host,
      port: transport === 'tls' && this.tlsPort !== 0 ? this.tlsPort : this.port,
    });
    // The layer below needs the router, which needs the agent, which has the layer.
    const upwards: { router?: Router } = {};
    const transactions = new TransactionLayer({
      sender: parts.transport,
      clock: this.#clock,
      ids,
      timing,
      sentBy: address,
      maxTransactions: options.maxTransactions ?? 10_000,
      begin: (source) => parts.guard.begin(source),
      user: {
        onRequest: (transaction) => upwards.router?.onRequest(transaction),
        onAck: (request, envelope) => upwards.router?.onAck(request, envelope),
        onStrayResponse: (response, envelope) =>
          upwards.router?.onStrayResponse(response, envelope),
      },
      onProblem: parts.problem,
    });
    const agent: Agent = {
      clock: this.#clock,
      ids,
      timing,
      userAgent: options.userAgent,
      allow: methods.join(', '),
      transactions,
      dialogs: new Map<string, DialogPeer>(),
      open: new Set<Closeable>(),
      family: options.host.includes(':') ? 0 : 4,
      address,
      isConnected: (source) => parts.transport.isConnected(source),
      onStreamClosed: (source, listener) => parts.transport.onStreamClosed(source, listener),
      problem: parts.problem,
    };
    upwards.router = new Router(agent, {
      onInvite: options.onInvite,
      onRegister: options.onRegister,
      isClosing: () => this.#closing !== undefined,
    });
    return agent;
  }
}

interface Parts {
  readonly transport: TransportLayer;
  readonly guard: SourceGuard;
  readonly problem: (problem: SipProblem) => void;
}

/** A listener whose own exception cannot break the stack. */
function silenced<T>(listener: ((value: T) => void) | undefined): (value: T) => void {
  return (value) => {
    try {
      listener?.(value);
    } catch {
      // It was told; what it does with it is its own affair.
    }
  };
}
