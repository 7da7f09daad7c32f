import type { SipClock } from '../clock.ts';
import { errorText } from '../errors.ts';
import type { Envelope } from '../message/envelope.ts';
import { SipHeaders } from '../message/headers.ts';
import { NO_BODY, type SipMessage, type SipRequest, type SipResponse } from '../message/message.ts';
import type { Remote, Source } from '../transport/transport.ts';
import {
  type ClientInviteInput,
  type ClientInviteState,
  type ClientInviteTimer,
  stepClientInvite,
} from './client-invite.ts';
import {
  type ClientNonInviteInput,
  type ClientNonInviteState,
  type ClientNonInviteTimer,
  stepClientNonInvite,
} from './client-non-invite.ts';
import type { TransactionConfig } from './machine.ts';
import { Runner } from './runner.ts';

/** Who sent the request, told what became of it. */
export interface ClientUser {
  onResponse(response: SipResponse, envelope: Envelope, source: Source): void;
  /** No final response will come. */
  onFailure(cause: 'timeout' | 'transport', message: string): void;
}

export interface ClientTransactionOptions {
  /** Complete, with its Via. */
  readonly request: SipRequest;
  readonly remote: Remote;
  readonly config: TransactionConfig;
  readonly clock: SipClock;
  readonly user: ClientUser;
  readonly send: (message: SipMessage, to: Remote) => Promise<void>;
  readonly onTerminated: () => void;
}

interface Received {
  readonly response: SipResponse;
  readonly envelope: Envelope;
  readonly source: Source;
}

type ClientInput =
  | { readonly type: 'start' | 'transport-error' | 'abandon' }
  | { readonly type: 'response'; readonly status: number };

/** One request of ours and the responses to it. */
export class ClientTransaction {
  readonly request: SipRequest;
  readonly remote: Remote;
  readonly #options: ClientTransactionOptions;
  readonly #runner: { readonly state: string; input(input: ClientInput): void };
  #received: Received | undefined;
  #sendError = '';

  constructor(options: ClientTransactionOptions) {
    this.#options = options;
    this.request = options.request;
    this.remote = options.remote;
    const shared = {
      config: options.config,
      clock: options.clock,
      send: (what: 'request' | 'ack' | 'response'): void => {
        this.#send(what);
      },
      notify: (event: 'message' | 'timeout' | 'transport-error'): void => {
        this.#notify(event);
      },
      onTerminated: options.onTerminated,
    };
    this.#runner =
      options.request.method === 'INVITE'
        ? new Runner<ClientInviteState, ClientInviteInput, ClientInviteTimer>({
            ...shared,
            initial: { name: 'idle' },
            step: stepClientInvite,
            timerInput: (timer) => ({ type: 'timer', timer }),
          })
        : new Runner<ClientNonInviteState, ClientNonInviteInput, ClientNonInviteTimer>({
            ...shared,
            initial: { name: 'idle' },
            step: stepClientNonInvite,
            timerInput: (timer) => ({ type: 'timer', timer }),
          });
  }

  start(): void {
    this.#runner.input({ type: 'start' });
  }

  receive(response: SipResponse, envelope: Envelope, source: Source): void {
    this.#received = { response, envelope, source };
    this.#runner.input({ type: 'response', status: response.status });
  }

  /** Ends it without a word to the user. */
  abandon(): void {
    this.#runner.input({ type: 'abandon' });
  }

  /** Ends it and says so to whoever still waits. */
  fail(message: string): void {
    this.#sendError = message;
    this.#runner.input({ type: 'transport-error' });
    this.abandon();
  }

  #send(what: 'request' | 'ack' | 'response'): void {
    const received = this.#received;
    let message: SipMessage = this.request;
    if (what === 'ack') {
      if (received === undefined) return;
      message = ackForRefusal(this.request, received.response);
    }
    this.#options.send(message, this.remote).catch((error: unknown) => {
      this.#sendError = errorText(error);
      this.#runner.input({ type: 'transport-error' });
    });
  }

  #notify(event: 'message' | 'timeout' | 'transport-error'): void {
    const { user } = this.#options;
    if (event === 'message') {
      const received = this.#received;
      if (received !== undefined) {
        user.onResponse(received.response, received.envelope, received.source);
      }
    } else if (event === 'timeout') user.onFailure('timeout', 'No final response in time');
    else user.onFailure('transport', this.#sendError);
  }
}

/** The ACK that belongs to the transaction itself: RFC 3261 §17.1.1.3. */
function ackForRefusal(request: SipRequest, response: SipResponse): SipRequest {
  return companion(request, 'ACK', response.headers.get('to') ?? '');
}

/** The CANCEL of a request: RFC 3261 §9.1. */
export function cancelFor(request: SipRequest): SipRequest {
  return companion(request, 'CANCEL', request.headers.get('to') ?? '');
}

// Same Request-URI, top Via, Route, From, Call-ID and CSeq number.
function companion(request: SipRequest, method: string, to: string): SipRequest {
  const { headers } = request;
  const pairs: (readonly [string, string])[] = [['Via', headers.get('via') ?? '']];
  for (const route of headers.getAll('route')) pairs.push(['Route', route]);
  pairs.push(
    ['Max-Forwards', '70'],
    ['From', headers.get('from') ?? ''],
    ['To', to],
    ['Call-ID', headers.get('call-id') ?? ''],
    ['CSeq', `${Number.parseInt(headers.get('cseq') ?? '', 10)} ${method}`],
  );
  return {
    kind: 'request',
    method,
    uri: request.uri,
    headers: SipHeaders.of(pairs),
    body: NO_BODY,
  };
}
