import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { refusal } from '../base/app-error.ts';
import type { Metrics } from '../base/metrics.ts';
import { networkOf } from '../base/client-network.ts';
import { rawAnswer } from './errors.ts';
import type { IsProxy } from './proxies.ts';

/** What a connection may cost. Milliseconds, unless the name says otherwise. */
export interface ConnectionLimits {
  /** From the first byte of a request, or the opening of the connection, to the end of its headers. */
  readonly headersMs: number;
  /** To the end of its body. */
  readonly requestMs: number;
  /** Between two requests. */
  readonly idleMs: number;
  /** Without a byte moving in either direction, though an answer waits to be read. */
  readonly stallMs: number;
  /** How often headers and bodies are looked after; they may be this late. */
  readonly checkMs: number;
  /** Open at once. */
  readonly connections: number;
  /** Of them by one address, or one /64 of IPv6. */
  readonly ofOneAddress: number;
}

export const connectionLimits: ConnectionLimits = {
  headersMs: 15_000,
  requestMs: 30_000,
  idleMs: 72_000,
  stallMs: 60_000,
  checkMs: 5000,
  connections: 5000,
  ofOneAddress: 1000,
};

/** Larger than any request Twilio's API takes (a message of 32 kB, percent-encoded). */
export const BODY_LIMIT_BYTES = 256 * 1024;
/** Nobody needs more; Node would pass over those beyond 2000 without a word. */
export const HEADERS_MAX = 500;

/** The connections that are open. */
export interface OpenConnections {
  /** Somebody whose credentials are right has sent a request on it. */
  authenticated(socket: Socket): void;
}

/**
 * Refuses connections beyond the limits, and bodies that are too large before they are sent. When all places are taken,
 * the oldest connection that never brought right credentials makes room: who only opens connections keeps nobody out.
 * A proxy has as many as it needs, being many clients.
 */
export function guardConnections(
  server: Server,
  limits: ConnectionLimits,
  metrics: Metrics,
  isProxy: IsProxy | undefined,
): OpenConnections {
  const refused = metrics.httpRefused.with('connections');
  /** Each with the network that it came from. */
  const open = new Map<Socket, string>();
  const ofNetwork = new Map<string, number>();
  /** Those that never brought right credentials, the oldest first. */
  const strangers = new Set<Socket>();
  const leave = (socket: Socket): void => {
    const network = open.get(socket);
    if (network === undefined) return;
    open.delete(socket);
    strangers.delete(socket);
    const left = (ofNetwork.get(network) ?? 1) - 1;
    if (left === 0) ofNetwork.delete(network);
    else ofNetwork.set(network, left);
  };
  const refuse = (socket: Socket, answer: string): void => {
    refused.inc();
    socket.end(answer);
    // What it may have sent is not read: it has its answer.
    socket.destroySoon();
  };
  metrics.httpConnections.read = () => open.size;
  server.maxHeadersCount = 0;
  server.on('connection', (socket) => {
    const { remoteAddress = '' } = socket;
    const network = networkOf(remoteAddress);
    const before = ofNetwork.get(network) ?? 0;
    if (before >= limits.ofOneAddress && isProxy?.(remoteAddress) !== true) {
      return refuse(socket, tooManyOf(network, before));
    }
    if (open.size >= limits.connections) {
      const [oldest] = strangers;
      if (oldest === undefined) return refuse(socket, full(limits.connections));
      refused.inc();
      leave(oldest);
      oldest.destroy();
    }
    open.set(socket, network);
    ofNetwork.set(network, before + 1);
    strangers.add(socket);
    socket.once('close', () => leave(socket));
  });
  // RFC 9110 §10.1.1: the body is asked for only where it will be read.
  server.on('checkContinue', (request, response) => {
    const length = Number(request.headers['content-length'] ?? 0);
    if (length <= BODY_LIMIT_BYTES) response.writeContinue();
    server.emit('request', request, response);
  });
  // An expectation we do not know is passed over, as RFC 9110 §10.1.1 allows.
  server.on('checkExpectation', (request, response) => {
    server.emit('request', request, response);
  });
  return { authenticated: (socket) => void strangers.delete(socket) };
}

function full(connections: number): string {
  const problem = `${connections} connections are open, and no more are taken. Close idle ones, then try again.`;
  return rawAnswer(refusal('unavailable', { problem }, { retryAfterSec: 1 }));
}

function tooManyOf(network: string, connections: number): string {
  const problem = `${network} has ${connections} connections open, and no more are taken of one address. Close idle ones, then try again.`;
  return rawAnswer(refusal('tooManyRequests', { problem }, { retryAfterSec: 1 }));
}
