import type { Server } from 'node:http';
import { refusal } from '../base/app-error.ts';
import type { Metrics } from '../base/metrics.ts';
import { rawAnswer } from './errors.ts';

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
}

export const connectionLimits: ConnectionLimits = {
  headersMs: 15_000,
  requestMs: 30_000,
  idleMs: 72_000,
  stallMs: 60_000,
  checkMs: 5000,
  connections: 5000,
};

/** Larger than any request Twilio's API takes (a message of 32 kB, percent-encoded). */
export const BODY_LIMIT_BYTES = 256 * 1024;
/** Nobody needs more; Node would pass over those beyond 2000 without a word. */
export const HEADERS_MAX = 500;

/** Refuses connections beyond the limit, and bodies that are too large before they are sent. */
export function guardConnections(server: Server, limits: ConnectionLimits, metrics: Metrics): void {
  const refused = metrics.httpRefused.with('connections');
  const full = rawAnswer(
    refusal(
      'unavailable',
      {
        problem: `${limits.connections} connections are open, and no more are taken. Close idle ones, then try again.`,
      },
      { retryAfterSec: 1 },
    ),
  );
  let open = 0;
  metrics.httpConnections.read = () => open;
  server.maxHeadersCount = 0;
  server.on('connection', (socket) => {
    open += 1;
    socket.once('close', () => {
      open -= 1;
    });
    if (open <= limits.connections) return;
    refused.inc();
    socket.end(full);
    // What it may have sent is not read: it has its answer.
    socket.destroySoon();
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
}
