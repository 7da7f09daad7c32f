import type { ClientRequest, ClientRequestArgs } from 'node:http';
import { WebSocket, type ClientOptions, type RawData } from 'ws';
import type { Clock } from '../base/clock.ts';
import { deferred } from '../base/deferred.ts';
import { AddressRefused, type AddressGuard } from './address-guard.ts';
import { signForm } from './signature.ts';
import type { SocketTarget } from './target.ts';

/** A WebSocket to be opened to a customer's server. */
export interface SocketRequest {
  readonly target: SocketTarget;
  /** Signs the handshake: the URL alone. Twilio: voice/twiml/stream#x-twilio-signature */
  readonly authToken: string;
  readonly userAgent: string;
  /** From the look-up of the name to the answer of the handshake. */
  readonly connectMs: number;
  /** Gives it up while it is being opened. */
  readonly signal: AbortSignal;
}

/** Why a WebSocket did not open. */
export interface SocketFailure {
  readonly kind:
    | 'address'
    | 'timeout'
    | 'refused'
    | 'broken'
    | 'unreachable'
    | 'tls'
    | 'handshake'
    | 'unknown'
    /** The request's own signal, or the end of the server. */
    | 'given-up';
  /** A sentence for people. */
  readonly problem: string;
}

export type SocketOutcome =
  | { readonly ok: true; readonly socket: CustomerSocket }
  | { readonly ok: false; readonly failure: SocketFailure };

/** How a WebSocket came to its end. */
export type SocketEnd =
  /** By a close frame; 1005 when it named no code. RFC 6455 §7.4 */
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string }
  /** The connection is gone, without a close frame. */
  | { readonly kind: 'broken'; readonly problem: string }
  /** The peer broke the protocol. */
  | { readonly kind: 'protocol'; readonly problem: string };

/** Ten minutes of sound in one message, in Base64 and with room around. */
const MESSAGE_MAX_BYTES = 8 * 1024 * 1024;
/** How long the peer has to answer our close frame. */
const CLOSE_MS = 500;
/** As for other requests to customers: Node gives each of a host's addresses 250 ms. */
const ATTEMPT_MS = 1000;

/** What `ws` takes: its own, and those of the request that it makes. */
interface Options extends ClientOptions, Pick<ClientRequestArgs, 'lookup'> {
  readonly closeTimeout: number;
  readonly autoSelectFamily: boolean;
  readonly autoSelectFamilyAttemptTimeout: number;
}

/** Opens it. Never rejects. */
export function openSocket(
  request: SocketRequest,
  { clock, guard }: { readonly clock: Clock; readonly guard: AddressGuard | undefined },
): Promise<SocketOutcome> {
  const { target, authToken, userAgent, connectMs, signal } = request;
  const refused = guard?.refusalOf(target.hostname);
  if (refused !== undefined) return Promise.resolve(failed('address', refused.message));
  if (signal.aborted) return Promise.resolve(failed('given-up', 'it was given up'));

  return new Promise((resolve) => {
    let isSecuring = false;
    let isSettled = false;
    const options: Options = {
      headers: {
        Host: target.host,
        'User-Agent': userAgent,
        'X-Twilio-Signature': signForm(target.href, {}, authToken),
        ...(target.authorization !== undefined && { Authorization: target.authorization }),
      },
      perMessageDeflate: false,
      followRedirects: false,
      maxPayload: MESSAGE_MAX_BYTES,
      closeTimeout: CLOSE_MS,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: ATTEMPT_MS,
      ...(guard !== undefined && { lookup: guard.lookup }),
      finishRequest: (message: ClientRequest) => {
        // As it was signed: the URL standard would write some characters in another way.
        message.path = target.path;
        message.once('socket', (socket) => {
          if (target.scheme === 'ws') return;
          socket.once('connect', () => (isSecuring = true));
          socket.once('secureConnect', () => (isSecuring = false));
        });
        message.end();
      },
    };
    let socket: WebSocket;
    try {
      socket = new WebSocket(`${target.scheme}://${target.host}${target.path}`, options);
    } catch (error) {
      resolve(failed('unknown', `it could not be asked for: ${textOf(error)}`));
      return;
    }
    const settle = (outcome: SocketOutcome): void => {
      if (isSettled) return;
      isSettled = true;
      cancelTimer();
      signal.removeEventListener('abort', giveUp);
      resolve(outcome);
      // Its error of having been given up is nobody's news.
      if (!outcome.ok) socket.terminate();
    };
    const giveUp = (): void => settle(failed('given-up', 'it was given up'));
    const cancelTimer = clock.after(connectMs, () =>
      settle(failed('timeout', `It was not open within ${connectMs} ms.`)),
    );
    signal.addEventListener('abort', giveUp, { once: true });
    socket.on('error', (error) => {
      settle({ ok: false, failure: failureOf(error, target, isSecuring) });
    });
    socket.once('unexpected-response', (_, response) => {
      const { statusCode = 0, statusMessage = '' } = response;
      const answer = `${statusCode} ${statusMessage}`.trim();
      settle(
        failed('handshake', `the handshake was answered ${answer}, 101 Switching Protocols is due`),
      );
      response.destroy();
    });
    socket.once('open', () => {
      // Messages wait until there is somebody to take them.
      socket.pause();
      settle({ ok: true, socket: new CustomerSocket(socket) });
    });
  });
}

/** An open WebSocket to a customer's server. Whoever opened it closes it. */
export class CustomerSocket {
  /** Resolves when it is closed, by whichever side. */
  readonly ended: Promise<SocketEnd>;
  readonly #socket: WebSocket;
  readonly #ended = deferred<SocketEnd>();

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.ended = this.#ended.promise;
    let error: (Error & { readonly code?: string }) | undefined;
    socket.on('error', (cause) => (error ??= cause));
    socket.once('close', (code, reason) => {
      if (error?.code?.startsWith('WS_ERR') === true) {
        this.#ended.resolve({ kind: 'protocol', problem: error.message });
      } else if (code === 1006 || error !== undefined) {
        const problem = error?.message ?? 'it was closed without a close frame';
        this.#ended.resolve({ kind: 'broken', problem });
      } else {
        this.#ended.resolve({ kind: 'closed', code, reason: reason.toString('utf8') });
      }
    });
  }

  /** What was sent and has not left the process yet. */
  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Hands over what comes, from the first message on; undefined is a binary one. To be called once. */
  onMessage(listener: (text: string | undefined) => void): void {
    this.#socket.on('message', (data: RawData, isBinary) =>
      listener(isBinary ? undefined : textOfData(data)),
    );
    this.#socket.resume();
  }

  /** Without effect once it is closing. */
  send(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  /** Resolves when it is closed: by the peer's answer, or after half a second without one. May be called again. */
  async close(code = 1000): Promise<void> {
    this.#socket.resume();
    this.#socket.close(code);
    await this.ended;
  }

  /** Drops the connection. */
  destroy(): void {
    this.#socket.terminate();
  }
}

function failed(kind: SocketFailure['kind'], problem: string): SocketOutcome {
  return { ok: false, failure: { kind, problem } };
}

const unreachable = ['ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'];

function failureOf(
  error: Error & { readonly code?: string; readonly reason?: string },
  { hostname, port }: Pick<SocketTarget, 'hostname' | 'port'>,
  isSecuring: boolean,
): SocketFailure {
  if (error instanceof AddressRefused) return { kind: 'address', problem: error.message };
  const code = error.code ?? error.message;
  const where = `Tried ${hostname} port ${port}.`;
  if (code === 'ECONNREFUSED') return { kind: 'refused', problem: where };
  if (code === 'ETIMEDOUT') return { kind: 'timeout', problem: where };
  if (unreachable.includes(code)) return { kind: 'unreachable', problem: `${where} (${code})` };
  if (isSecuring || /^(?:ERR_TLS_|ERR_SSL_|CERT_)|SELF_SIGNED|UNABLE_TO_/.test(code)) {
    const problem = code === error.message ? code : `${error.reason ?? error.message} (${code})`;
    return { kind: 'tls', problem };
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return { kind: 'broken', problem: `it was closed before the handshake was answered (${code})` };
  }
  if (code.startsWith('HPE_') || error.code === undefined) {
    return { kind: 'handshake', problem: `the handshake was not answered well: ${error.message}` };
  }
  return { kind: 'unknown', problem: `${error.message} (${code})` };
}

function textOfData(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return data instanceof ArrayBuffer ? Buffer.from(data).toString('utf8') : data.toString('utf8');
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown reason';
}
