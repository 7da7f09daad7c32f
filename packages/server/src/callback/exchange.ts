import { request as httpRequest, type Agent, type ClientRequest } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { fromError, fromGiveUp, fromSilence } from './failure.ts';
import type { Failure, GiveUp, Stage } from './failure.ts';
import type { Target } from './target.ts';

/** One request to one address and its answer. */
export interface Exchange {
  readonly method: 'GET' | 'POST';
  readonly target: Target;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | undefined;
  /** Keeps connections open. */
  readonly pool: Agent;
  /** Opens a connection for this request alone. */
  readonly fresh: Agent;
  readonly clock: Clock;
  readonly connectMs: number;
  readonly readMs: number;
  readonly sni: boolean;
  /** Largest body taken, given its media type. */
  readonly maxBodyBytes: (contentType: string | undefined) => number;
  /** Aborted with a `GiveUp` as its reason. */
  readonly signal: AbortSignal;
}

export interface Received {
  readonly status: number;
  /** Names in lower case; a repeated header's values joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly setCookies: readonly string[];
  /** Cut at the limit when the status is no success. */
  readonly body: Buffer;
}

export type Outcome =
  | { readonly ok: true; readonly received: Received }
  | { readonly ok: false; readonly failure: Failure; readonly received?: Received };

/** RFC 9110 §15.2 knows a few, and each comes once. */
const maxProvisional = 20;

type Attempt = Outcome & { readonly stale?: boolean };

/**
 * Sends the request and reads the answer. Never rejects.
 *
 * A kept connection that the peer was closing as we wrote is no failure: the request goes out once more
 * on a fresh one (RFC 9112 §9.3.1). Its idempotency token tells a receiver that did read it.
 */
export async function exchange(sent: Exchange): Promise<Outcome> {
  const first = await attempt(sent, sent.pool);
  return first.stale === true ? attempt(sent, sent.fresh) : first;
}

function attempt(sent: Exchange, agent: Agent): Promise<Attempt> {
  const { clock, signal, target } = sent;
  if (signal.aborted) {
    const failure = fromGiveUp(signal.reason as GiveUp, 'connecting', 0);
    return Promise.resolve({ ok: false, failure });
  }
  let request: ClientRequest;
  try {
    request = open(sent, agent);
  } catch (cause) {
    // A header with a line break in it: refused before anything was sent.
    const why = cause instanceof Error ? cause.message : 'unknown reason';
    const problem = `The request could not be written: ${why}.`;
    return Promise.resolve({ ok: false, failure: { errorName: 'fetchBadUrl', problem } });
  }

  return new Promise((resolve) => {
    let stage: Stage = 'connecting';
    let size = 0;
    let bytesBefore = 0;
    let settled = false;
    let cancelTimer = (): void => undefined;

    const settle = (outcome: Attempt): void => {
      if (settled) return;
      settled = true;
      cancelTimer();
      signal.removeEventListener('abort', giveUp);
      resolve(outcome);
    };
    const fail = (failure: Failure, received?: Received): void => {
      if (settled) return;
      settle({ ok: false, failure, ...(received === undefined ? {} : { received }) });
      request.destroy();
    };
    const giveUp = (): void => fail(fromGiveUp(signal.reason as GiveUp, stage, size));
    const enter = (next: Stage): void => {
      if (settled) return;
      stage = next;
      cancelTimer();
      const ms = stage === 'connecting' ? sent.connectMs : sent.readMs;
      cancelTimer = clock.after(ms, () => fail(fromSilence(stage, ms, size)));
    };

    signal.addEventListener('abort', giveUp, { once: true });
    enter('connecting');
    request.once('socket', (socket: Socket) => {
      bytesBefore = socket.bytesRead;
      if (!socket.connecting) {
        enter('waiting');
        return;
      }
      socket.once('connect', () => enter(target.scheme === 'https' ? 'securing' : 'waiting'));
      if (target.scheme === 'https') socket.once('secureConnect', () => enter('waiting'));
    });
    request.on('error', (error) => {
      const untouched = request.socket?.bytesRead === bytesBefore;
      if (request.reusedSocket && stage === 'waiting' && untouched && isReset(error)) {
        settle({ ok: false, failure: fromError(error, stage, target, size), stale: true });
        return;
      }
      fail(fromError(error, stage, target, size));
    });
    // An end without an error: the peer switched protocols, unasked. A response reports its own end.
    request.once('close', () => {
      if (stage !== 'reading') fail(fromError(new Error('closed'), stage, target, size));
    });
    let provisional = 0;
    request.on('information', () => {
      provisional += 1;
      if (provisional <= maxProvisional) return;
      const problem = `more than ${maxProvisional} provisional answers came`;
      fail({ errorName: 'fetchProtocol', problem });
    });
    request.once('response', (response) => {
      enter('reading');
      receive(response, sent.maxBodyBytes(response.headers['content-type']), {
        progress: (bytes) => {
          size = bytes;
          enter('reading');
        },
        answered: (received) => {
          settle({ ok: true, received });
          // What is left of a cut body must not come in; a complete one leaves its connection open.
          if (!response.complete) request.destroy();
        },
        fail,
        broken: (error, received) => fail(fromError(error, 'reading', target, size), received),
      });
    });
    request.end(sent.body);
  });
}

interface Receiver {
  readonly progress: (bytes: number) => void;
  readonly answered: (received: Received) => void;
  readonly fail: (failure: Failure, received: Received) => void;
  readonly broken: (error: Error, received: Received) => void;
}

/** Reads the body up to `limit` and tells `receiver`, which ignores what comes after the end. */
function receive(response: IncomingMessage, limit: number, receiver: Receiver): void {
  const head = heading(response);
  const success = Math.trunc(head.status / 100) === 2;
  const chunks: Buffer[] = [];
  let size = 0;
  const received = (): Received => ({ ...head, body: Buffer.concat(chunks, size) });
  const tooLarge = (): void => {
    const failure = { errorName: 'responseTooLarge', problem: `${limit} bytes` } as const;
    receiver.fail(failure, { ...head, body: Buffer.alloc(0) });
  };

  response.on('error', (error) => receiver.broken(error, received()));

  const encoding = head.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    const problem = `the body is encoded as ${encoding}, which was not asked for`;
    receiver.fail({ errorName: 'fetchProtocol', problem }, { ...head, body: Buffer.alloc(0) });
    return;
  }
  if (success && Number(head.headers['content-length'] ?? 0) > limit) {
    tooLarge();
    return;
  }
  response.on('data', (chunk: Buffer) => {
    const room = limit - size;
    if (chunk.length > room && success) {
      tooLarge();
      return;
    }
    chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
    size += Math.min(chunk.length, room);
    // An error page is for people to read; its beginning is enough.
    if (chunk.length > room) receiver.answered(received());
    else receiver.progress(size);
  });
  response.once('end', () => receiver.answered(received()));
}

function open(sent: Exchange, agent: Agent): ClientRequest {
  const { target } = sent;
  const options = {
    method: sent.method,
    hostname: target.hostname,
    port: target.port,
    path: target.path,
    headers: sent.headers,
    agent,
    setHost: false,
  };
  if (target.scheme === 'http') return httpRequest(options);
  return httpsRequest(sent.sni ? options : { ...options, servername: '' });
}

function heading(response: IncomingMessage): Omit<Received, 'body'> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return {
    status: response.statusCode ?? 0,
    headers,
    setCookies: response.headers['set-cookie'] ?? [],
  };
}

function isReset(error: Error & { readonly code?: string }): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}
