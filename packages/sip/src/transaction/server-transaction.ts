import type { SipClock } from '../clock.ts';
import { errorText } from '../errors.ts';
import type { Envelope } from '../message/envelope.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { respondTo, type ResponseOptions } from '../message/respond.ts';
import type { Source } from '../transport/transport.ts';
import type { TransactionConfig } from './machine.ts';
import { Runner } from './runner.ts';
import {
  type ServerInviteInput,
  type ServerInviteState,
  type ServerInviteTimer,
  stepServerInvite,
} from './server-invite.ts';
import {
  type ServerNonInviteInput,
  type ServerNonInviteState,
  type ServerNonInviteTimer,
  stepServerNonInvite,
} from './server-non-invite.ts';

/** Who answers the request, told what happens to it meanwhile. */
export interface ServerUser {
  onCancel?(cancel: SipRequest): void;
  /** A response could not be sent, or a refusal was never acknowledged. */
  onFailure?(cause: 'timeout' | 'transport', message: string): void;
}

export interface ServerTransactionOptions {
  readonly request: SipRequest;
  readonly envelope: Envelope;
  readonly source: Source;
  /** The To tag of every response, unless the request had one. */
  readonly localTag: string;
  readonly config: TransactionConfig;
  readonly clock: SipClock;
  readonly send: (response: SipResponse) => Promise<void>;
  readonly onTerminated: () => void;
  /** An ACK reached the accepted state: the core's to match with a dialog. */
  readonly onAck: () => void;
}

type ServerInput =
  | { readonly type: 'request' | 'ack' | 'transport-error' | 'abandon' }
  | { readonly type: 'respond'; readonly status: number };

/** One request to us and our responses. */
export class ServerTransaction {
  readonly request: SipRequest;
  readonly envelope: Envelope;
  readonly source: Source;
  readonly localTag: string;
  user: ServerUser = {};
  readonly #options: ServerTransactionOptions;
  readonly #runner: { readonly state: string; input(input: ServerInput): void };
  #latest: SipResponse | undefined;
  #sendError = '';

  constructor(options: ServerTransactionOptions) {
    this.#options = options;
    this.request = options.request;
    this.envelope = options.envelope;
    this.source = options.source;
    this.localTag = options.envelope.toTag ?? options.localTag;
    this.#runner = this.#makeRunner();
  }

  /** True until a final response was given. */
  get pending(): boolean {
    return this.#runner.state === 'proceeding' || this.#runner.state === 'trying';
  }

  /** Builds and sends a response; a final one ends the matter. */
  reply(status: number, options: ResponseOptions = {}): void {
    this.respond(
      respondTo(this.request, status, {
        ...(status === 100 ? {} : { toTag: this.localTag }),
        ...options,
      }),
    );
  }

  respond(response: SipResponse): void {
    this.#latest = response;
    this.#runner.input({ type: 'respond', status: response.status });
  }

  /** The same request, or for INVITE its ACK, once more. */
  receive(what: 'request' | 'ack'): void {
    this.#runner.input({ type: what });
  }

  /** Ends it without a word to the user. */
  abandon(): void {
    this.#runner.input({ type: 'abandon' });
  }

  #makeRunner(): { readonly state: string; input(input: ServerInput): void } {
    const options = this.#options;
    const shared = {
      config: options.config,
      clock: options.clock,
      send: (): void => {
        this.#send();
      },
      notify: (event: 'message' | 'timeout' | 'transport-error'): void => {
        if (event === 'message') options.onAck();
        else if (event === 'timeout') this.user.onFailure?.('timeout', 'No ACK for a refusal');
        else this.user.onFailure?.('transport', this.#sendError);
      },
      onTerminated: options.onTerminated,
    };
    if (options.request.method === 'INVITE') {
      return new Runner<ServerInviteState, ServerInviteInput, ServerInviteTimer>({
        ...shared,
        initial: { name: 'proceeding', responded: false },
        step: stepServerInvite,
        timerInput: (timer) => ({ type: 'timer', timer }),
      });
    }
    const runner = new Runner<ServerNonInviteState, ServerNonInviteInput, ServerNonInviteTimer>({
      ...shared,
      initial: { name: 'trying' },
      step: stepServerNonInvite,
      timerInput: (timer) => ({ type: 'timer', timer }),
    });
    return {
      get state() {
        return runner.state;
      },
      input: (input) => {
        // No ACK ever belongs to another method than INVITE.
        if (input.type === 'respond') runner.input(input);
        else if (input.type !== 'ack') runner.input({ type: input.type });
      },
    };
  }

  #send(): void {
    const response = this.#latest;
    if (response === undefined) return;
    this.#options.send(response).catch((error: unknown) => {
      this.#sendError = errorText(error);
      this.#runner.input({ type: 'transport-error' });
    });
  }
}
