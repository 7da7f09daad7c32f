import { STATUS_CODES } from 'node:http';
import type { Clock } from '../base/clock.ts';
import type { AddressGuard } from './address-guard.ts';
import { Connections } from './connections.ts';
import type { CookieJar } from './cookie-jar.ts';
import { exchange, type Exchange, type Outcome, type Received } from './exchange.ts';
import { fromError, type Failure, type FetchErrorName, type GiveUp } from './failure.ts';
import { followRedirects, type Hop } from './follow-redirects.ts';
import { defaultConnection, readOverrides } from './overrides.ts';
import type { OverrideWarning, RetryOn } from './overrides.ts';
import {
  openSocket,
  type CustomerSocket,
  type SocketOutcome,
  type SocketRequest,
} from './customer-socket.ts';
import { encodeForm, signForm, type Parameters } from './signature.ts';
import { readTarget, withQuery } from './target.ts';

/** One event or question for a customer's URL. */
export interface CallbackRequest {
  readonly method: 'GET' | 'POST';
  /** As configured: may carry userinfo, and connection overrides in its fragment (`#rc=2&rp=all`). */
  readonly url: string;
  /** The form of a POST; of a GET, added to the URL's query. */
  readonly parameters: Parameters;
  /** Signs the request. Absent: it goes out unsigned. */
  readonly authToken: string | undefined;
  /** Sent as `I-Twilio-Idempotency-Token`, the same with every repetition. Absent: not sent. */
  readonly idempotencyToken: string | undefined;
  /** Instead of 15000 in total; the URL's own overrides go first. */
  readonly timeouts?: { readonly totalMs?: number };
  /** Whether the fragment is read; it is never sent. Default true. */
  readonly overrides?: boolean;
  /** Read before each request and filled by each answer. */
  readonly cookies?: CookieJar;
  /** Instead of 64 KiB, given the answer's `Content-Type`; a larger successful answer fails. */
  readonly maxBodyBytes?: (contentType: string | undefined) => number;
  /** Gives the request up; the answer then says `givenUp`. */
  readonly signal?: AbortSignal;
}

interface Answered {
  /** The URL asked last, after redirects, without fragment and added query: the base of relative URLs. */
  readonly url: string;
  /** Whether `url` is where a redirect led. */
  readonly redirected: boolean;
  /** How often the request was made. */
  readonly attempts: number;
  /** From the first attempt to the end of the answer. */
  readonly durationMs: number;
  /** Of the request that was made last; empty when none was. */
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** Connection overrides that could not be used. */
  readonly warnings: readonly OverrideWarning[];
}

export interface GoodAnswer extends Answered {
  readonly ok: true;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface BadAnswer extends Answered {
  readonly ok: false;
  readonly errorName: FetchErrorName;
  /** Fills `{problem}` of the catalogue's message. */
  readonly problem: string;
  /** The caller's signal or the sender's end stopped it: nobody's fault, nothing to report. */
  readonly givenUp: boolean;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export type CallbackAnswer = GoodAnswer | BadAnswer;

/** Makes requests to customers' URLs over connections it keeps open. */
export interface Sender extends AsyncDisposable {
  /** Resolves with the answer, whatever became of the request. Never rejects. */
  send(request: CallbackRequest): Promise<CallbackAnswer>;
  /** Opens a WebSocket, which whoever asked closes. Never rejects. */
  open(request: SocketRequest): Promise<SocketOutcome>;
  /** Connections open or opening. */
  readonly sockets: number;
  /** Gives up what is under way and closes every connection. */
  close(): Promise<void>;
}

export interface SenderOptions {
  readonly clock: Clock;
  /** Asked for every connection. Absent: requests go wherever they are sent. */
  readonly guard?: AddressGuard | undefined;
}

/** What receivers may look for. */
const userAgent = 'TwilioProxy/1.1';
const maxBodyBytes = 65_536;

/** Creates the sender of a process. Whoever creates it closes it. */
export function createSender(options: SenderOptions): Sender {
  return new PooledSender(options);
}

class PooledSender implements Sender {
  readonly #clock: Clock;
  readonly #guard: AddressGuard | undefined;
  readonly #connections: Connections;
  readonly #underWay = new Map<AbortController, Promise<unknown>>();
  readonly #webSockets = new Set<CustomerSocket>();
  #closed = false;

  constructor(options: SenderOptions) {
    this.#clock = options.clock;
    this.#guard = options.guard;
    this.#connections = new Connections(options.guard);
  }

  get sockets(): number {
    return this.#connections.count + this.#webSockets.size;
  }

  async send(request: CallbackRequest): Promise<CallbackAnswer> {
    const controller = new AbortController();
    const answer = this.#send(request, controller);
    this.#underWay.set(controller, answer);
    try {
      return await answer;
    } finally {
      this.#underWay.delete(controller);
    }
  }

  async open(request: SocketRequest): Promise<SocketOutcome> {
    const controller = new AbortController();
    const callerGaveUp = (): void => controller.abort();
    request.signal.addEventListener('abort', callerGaveUp, { once: true });
    if (request.signal.aborted || this.#closed) controller.abort();
    const opening = openSocket(
      { ...request, signal: controller.signal },
      { clock: this.#clock, guard: this.#guard },
    );
    this.#underWay.set(controller, opening);
    const outcome = await opening;
    this.#underWay.delete(controller);
    request.signal.removeEventListener('abort', callerGaveUp);
    if (outcome.ok) {
      const { socket } = outcome;
      this.#webSockets.add(socket);
      void socket.ended.then(() => this.#webSockets.delete(socket));
      if (this.#closed) socket.destroy();
    }
    return outcome;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const controller of this.#underWay.keys()) giveUp(controller, { kind: 'closed' });
    await Promise.all(this.#underWay.values());
    for (const socket of this.#webSockets) socket.destroy();
    this.#connections.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #send(request: CallbackRequest, controller: AbortController): Promise<CallbackAnswer> {
    const startedAt = this.#clock.elapsedMs();
    const read = readTarget(request.url);
    if (!read.ok) {
      const failure: Failure = { errorName: 'fetchBadUrl', problem: read.problem };
      return bad(
        {
          url: request.url,
          redirected: false,
          attempts: 0,
          durationMs: 0,
          requestHeaders: {},
          warnings: [],
        },
        failure,
      );
    }
    const { connection, warnings } = readOverrides(
      request.overrides === false ? '' : read.fragment,
      { ...defaultConnection, ...request.timeouts },
    );

    const { signal } = request;
    const callerGaveUp = (): void => giveUp(controller, { kind: 'caller' });
    const { totalMs } = connection;
    const cancelTotal = this.#clock.after(totalMs, () =>
      giveUp(controller, { kind: 'total', ms: totalMs }),
    );
    signal?.addEventListener('abort', callerGaveUp, { once: true });
    if (signal?.aborted === true) callerGaveUp();
    if (this.#closed) giveUp(controller, { kind: 'closed' });

    try {
      const first: Hop = {
        method: request.method,
        target: read.target,
        parameters: request.parameters,
      };
      let requestHeaders: Answered['requestHeaders'] = {};
      // A repetition starts from the configured URL, whichever hop of a chain failed.
      for (let attempts = 1; ; attempts += 1) {
        const { outcome, target } = await followRedirects(first, (hop) => {
          const written = writeRequest(hop, request);
          requestHeaders = written.headers;
          return this.#exchange(written, request, connection, controller.signal);
        });
        const retryOn = reasonToRetry(outcome);
        const covered = retryOn !== undefined && connection.retryOn.has(retryOn);
        if (covered && attempts <= connection.retries) continue;
        const durationMs = this.#clock.elapsedMs() - startedAt;
        return toAnswer(
          {
            url: target.href,
            redirected: target !== read.target,
            attempts,
            durationMs,
            requestHeaders,
            warnings,
          },
          outcome,
          controller.signal,
        );
      }
    } finally {
      cancelTotal();
      signal?.removeEventListener('abort', callerGaveUp);
    }
  }

  async #exchange(
    { method, target, headers, body }: WrittenRequest,
    { cookies, maxBodyBytes: limit = () => maxBodyBytes }: CallbackRequest,
    connection: Pick<Exchange, 'connectMs' | 'readMs' | 'sni'>,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const refusal = this.#guard?.refusalOf(target.hostname);
    if (refusal !== undefined) {
      return { ok: false, failure: fromError(refusal, 'connecting', target, 0) };
    }
    const outcome = await exchange({
      method,
      target,
      headers,
      body,
      pool: this.#connections.pool(target.scheme),
      fresh: this.#connections.fresh(target.scheme),
      clock: this.#clock,
      connectMs: connection.connectMs,
      readMs: connection.readMs,
      sni: connection.sni,
      maxBodyBytes: limit,
      signal,
    });
    if (outcome.received !== undefined) cookies?.store(target, outcome.received.setCookies);
    return outcome;
  }
}

type WrittenRequest = Pick<Exchange, 'method' | 'target' | 'body'> & {
  readonly headers: Readonly<Record<string, string>>;
};

function writeRequest(hop: Hop, request: CallbackRequest): WrittenRequest {
  const form = encodeForm(hop.parameters);
  const posted = hop.method === 'POST';
  const target = posted ? hop.target : withQuery(hop.target, form);
  const { authToken, cookies, idempotencyToken } = request;
  const cookie = cookies?.header(target);
  // Twilio: usage/security#validating-requests; the order is the one a reader of a trace expects.
  const headers = {
    Host: target.host,
    'User-Agent': userAgent,
    Accept: '*/*',
    'X-Home-Region': 'us1',
    ...(posted && {
      'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
      'Content-Length': String(Buffer.byteLength(form)),
    }),
    ...(authToken !== undefined && {
      'X-Twilio-Signature': signForm(target.href, posted ? hop.parameters : {}, authToken),
    }),
    ...(idempotencyToken !== undefined && { 'I-Twilio-Idempotency-Token': idempotencyToken }),
    ...(target.authorization !== undefined && { Authorization: target.authorization }),
    ...(cookie !== undefined && { Cookie: cookie }),
  };
  return { method: hop.method, target, headers, body: posted ? form : undefined };
}

function giveUp(controller: AbortController, reason: GiveUp): void {
  controller.abort(reason);
}

function reasonToRetry(outcome: Outcome): RetryOn | undefined {
  if (!outcome.ok) return outcome.failure.retryOn;
  const { status } = outcome.received;
  if (status < 400) return undefined;
  return status < 500 ? '4xx' : '5xx';
}

function toAnswer(answered: Answered, outcome: Outcome, signal: AbortSignal): CallbackAnswer {
  if (!outcome.ok) {
    const reason = signal.aborted ? (signal.reason as GiveUp) : undefined;
    const givenUp = reason !== undefined && reason.kind !== 'total';
    return bad(answered, outcome.failure, outcome.received, givenUp);
  }
  const { received } = outcome;
  const { status, headers, body } = received;
  if (status < 300) return { ok: true, ...answered, status, headers, body };
  return bad(answered, { errorName: 'fetchFailed', problem: statusText(status) }, received);
}

function bad(
  answered: Answered,
  { errorName, problem }: Failure,
  received?: Received,
  givenUp = false,
): BadAnswer {
  const failed = { ok: false, ...answered, errorName, problem, givenUp } as const;
  if (received === undefined) return failed;
  const { status, headers, body } = received;
  return { ...failed, status, headers, body };
}

function statusText(status: number): string {
  const words = STATUS_CODES[status];
  return words === undefined ? String(status) : `${status} ${words}`;
}
