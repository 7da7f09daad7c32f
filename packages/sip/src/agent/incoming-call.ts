import { Authenticator } from '../digest/authenticator.ts';
import { type DigestAuthorization, formatChallenge, readAuthorizations } from '../digest/digest.ts';
import { SipCallError } from '../errors.ts';
import { extraHeaders } from '../message/extra-headers.ts';
import { sdpOf, type SipRequest } from '../message/message.ts';
import type { NameAddr } from '../message/name-addr.ts';
import { refuseLineBreak } from '../message/params.ts';
import type { SipUri } from '../message/uri.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import { isBehindNat } from '../transport/next-hop.ts';
import type { TransportKind } from '../transport/transport.ts';
import type { Agent, Closeable } from './agent.ts';
import type { CallDialog } from './call-dialog.ts';
import type { DialogState } from './dialog-state.ts';
import {
  type IncomingEffect,
  type IncomingInput,
  type IncomingState,
  stepIncoming,
} from './incoming-call-step.ts';
import { LiveDialog } from './live-dialog.ts';
import { ReliableProvisional } from './reliable-provisional.ts';

/** How often an unanswered call's last provisional is sent again: RFC 3261 §13.3.1.1. */
const PROVISIONAL_REPEAT_MS = 60_000;
const CHALLENGED = ['MD5', 'SHA-256'] as const;

export interface RejectOptions {
  /** Default: the standard phrase. */
  readonly reason?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A call to us, to be answered or rejected once. */
export interface IncomingCall {
  readonly request: SipRequest;
  readonly callId: string;
  readonly requestUri: SipUri;
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly source: {
    readonly transport: TransportKind;
    readonly host: string;
    readonly port: number;
  };
  /** What it answers to challenges, ours and others'. */
  readonly authorizations: readonly DigestAuthorization[];
  /** The SDP offer; `undefined` when the caller wants ours (delayed offer). */
  readonly offer: string | undefined;
  /**
   * Aborted when the caller cancels, or the call dies unanswered; not by `reject()`. Its reason is a SipCallError:
   * `canceled` and `ended` by the caller, `no-ack`, or `transport` when nothing reaches him.
   */
  readonly signal: AbortSignal;
  /** Sends 180. Without effect once the call was answered or has ended. */
  ring(): void;
  /** Sends 183 with early media. Without effect once the call was answered or has ended. */
  progress(sdp: string): void;
  /**
   * Sends 200 until the ACK comes.
   * @throws SipCallError `canceled`, `no-ack`, `ended`, or `state` when it was answered or rejected
   */
  answer(sdp: string): Promise<CallDialog>;
  /**
   * Answers 407 with a challenge for MD5, which every phone knows, and one for SHA-256 (RFC 8760 §2.3); the caller may
   * come again. Without effect once the call was answered or has ended.
   */
  challenge(options: ChallengeToCaller): void;
  /**
   * Refuses with a status of 300 to 699. Without effect once the call was answered or has ended.
   * @throws TypeError for another status, or when a value would inject a header
   */
  reject(status: number, options?: RejectOptions): void;
}

export interface ChallengeToCaller {
  readonly realm: string;
  readonly nonce: string;
  /** Only the nonce was too old, or used before. */
  readonly stale?: boolean;
}

interface Provisional {
  readonly status: number;
  readonly sdp?: string;
}

interface Final {
  readonly status: number;
  readonly reason?: string;
  readonly headers: readonly (readonly [string, string])[];
}

interface Waiting {
  readonly resolve: (dialog: CallDialog) => void;
  readonly reject: (error: SipCallError) => void;
}

export interface LiveIncomingCallOptions {
  readonly transaction: ServerTransaction;
  readonly requestUri: SipUri;
  readonly dialog: DialogState;
}

/** Runs `stepIncoming` for one call. */
export class LiveIncomingCall implements IncomingCall, Closeable {
  readonly request: SipRequest;
  readonly callId: string;
  readonly requestUri: SipUri;
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly source: IncomingCall['source'];
  readonly authorizations: readonly DigestAuthorization[];
  readonly offer: string | undefined;
  readonly signal: AbortSignal;
  readonly #agent: Agent;
  readonly #transaction: ServerTransaction;
  readonly #dialog: LiveDialog;
  readonly #abort = new AbortController();
  #state: IncomingState = { name: 'received' };
  #provisional: Provisional = { status: 180 };
  #final: Final = { status: 603, headers: [] };
  #okSdp = '';
  #waiting: Waiting | undefined;
  #answerFailure: SipCallError | undefined;
  readonly #reliable: ReliableProvisional;
  #stopRepeat: () => void = () => undefined;
  #stopExpiry: () => void = () => undefined;
  readonly #stopWatch: () => void;

  constructor(agent: Agent, options: LiveIncomingCallOptions) {
    const { transaction, requestUri, dialog } = options;
    this.#agent = agent;
    this.#transaction = transaction;
    this.request = transaction.request;
    this.callId = transaction.envelope.callId;
    this.requestUri = requestUri;
    this.from = transaction.envelope.from;
    this.to = transaction.envelope.to;
    const { transport, host, port } = transaction.source;
    this.source = { transport, host, port };
    this.authorizations = readAuthorizations(this.request.headers.getAll('proxy-authorization'));
    this.offer = sdpOf(transaction.request);
    this.signal = this.#abort.signal;
    this.#dialog = new LiveDialog(agent, {
      state: dialog,
      caller: false,
      seen: transaction.source,
      auth: new Authenticator(undefined, agent.ids),
      contactUser: requestUri.host === '' ? undefined : requestUri.user,
      secure: requestUri.scheme === 'sips',
    });
    this.#dialog.remoteSdp = this.offer;
    this.#reliable = new ReliableProvisional({
      clock: agent.clock,
      timing: agent.timing,
      inviteSeq: transaction.envelope.seq,
      onGivenUp: () => {
        this.#final = { status: 504, headers: [] };
        this.#answerFailure = new SipCallError('no-ack', 'No PRACK came');
        this.#input({ type: 'no-prack' });
      },
    });
    this.#dialog.onPrack = (prack) => this.#onPrack(prack);
    void this.#dialog.ended.then((end) => {
      if (end.by === 'remote') this.#input({ type: 'early-bye' });
    });
    transaction.user = {
      onCancel: () => {
        this.#input({ type: 'cancel' });
      },
      onFailure: () => {
        this.#input({ type: 'failed' });
      },
    };
    agent.open.add(this);
    // A caller behind NAT hears no answer once its connection is gone: RFC 3261 §18.2.2 knows no other way to it.
    this.#stopWatch = agent.onStreamClosed(transaction.source, () => {
      if (isBehindNat(dialog.target, transaction.source)) this.#input({ type: 'failed' });
    });
    this.#startExpiry();
  }

  ring(): void {
    this.#provisional = { status: 180 };
    this.#input({ type: 'provisional' });
  }

  progress(sdp: string): void {
    this.#provisional = { status: 183, sdp };
    this.#input({ type: 'provisional' });
  }

  answer(sdp: string): Promise<CallDialog> {
    return new Promise((resolve, reject) => {
      if (this.#state.name !== 'received' && this.#state.name !== 'ringing') {
        reject(
          this.#answerFailure ?? new SipCallError('state', 'The call was answered or rejected'),
        );
        return;
      }
      this.#okSdp = sdp;
      this.#waiting = { resolve, reject };
      if (!this.#reliable.pending) {
        this.#input({ type: 'answer' });
        return;
      }
      // Not before what the caller was told is acknowledged: RFC 3262 §3.
      this.#input({ type: 'answer-later' });
      this.#reliable.whenAcknowledged(() => {
        this.#input({ type: 'prack' });
      });
    });
  }

  reject(status: number, options: RejectOptions = {}): void {
    if (!Number.isInteger(status) || status < 300 || status > 699) {
      throw new TypeError(`Not a refusal: ${status}`);
    }
    refuseLineBreak(options.reason ?? '', 'reason phrase');
    const headers = extraHeaders(options.headers ?? {});
    this.#refuse({
      status,
      headers,
      ...(options.reason === undefined ? {} : { reason: options.reason }),
    });
  }

  challenge(options: ChallengeToCaller): void {
    this.#refuse({
      status: 407,
      headers: CHALLENGED.map((algorithm) => [
        'Proxy-Authenticate',
        formatChallenge({ ...options, algorithm }),
      ]),
    });
  }

  async close(): Promise<void> {
    this.#final = { status: 503, headers: [] };
    this.#input({ type: 'close' });
    await this.#dialog.bye();
  }

  #refuse(final: Final): void {
    if (this.#state.name === 'received' || this.#state.name === 'ringing') this.#final = final;
    this.#input({ type: 'reject' });
  }

  #input(input: IncomingInput): void {
    const { state, effects } = stepIncoming(this.#state, input);
    this.#state = state;
    if (state.name === 'over' || state.name === 'established') {
      this.#agent.open.delete(this);
      this.#reliable.end();
      this.#stopWatch();
    }
    if (input.type === 'cancel' || input.type === 'early-bye') {
      this.#answerFailure ??= new SipCallError('canceled', 'The caller gave up');
    } else if (input.type === 'failed') {
      this.#answerFailure ??= new SipCallError('transport', 'No response reaches the caller');
    }
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: IncomingEffect): void {
    switch (effect) {
      case 'send-provisional':
        this.#sendProvisional();
        break;
      case 'send-ok':
        this.#sendOk();
        break;
      case 'send-final':
        this.#transaction.reply(this.#final.status, this.#final);
        break;
      case 'send-terminated':
        this.#transaction.reply(487);
        break;
      case 'stop-timers':
        this.#stopRepeat();
        this.#stopExpiry();
        break;
      case 'establish':
        this.#dialog.onPrack = undefined;
        this.#waiting?.resolve(this.#dialog);
        break;
      case 'forget':
        this.#dialog.drop();
        break;
      case 'abort':
        this.#abort.abort(this.#failure());
        break;
      case 'fail-answer':
        this.#waiting?.reject(this.#failure());
        break;
      case 'refuse-input':
        break;
      default:
        break;
    }
  }

  #failure(): SipCallError {
    return this.#answerFailure ?? new SipCallError('ended', 'The call ended');
  }

  #sendProvisional(): void {
    const { status, sdp } = this.#provisional;
    const transmit = (reliable: readonly (readonly [string, string])[]): void => {
      this.#transaction.reply(status, {
        headers: [...this.#dialog.answerHeaders(this.request), ...reliable],
        ...(sdp === undefined ? {} : { sdp }),
      });
    };
    if (this.#isReliable(sdp)) {
      this.#reliable.send((rseq) => {
        transmit([
          ['Require', '100rel'],
          ['RSeq', String(rseq)],
        ]);
      });
    } else transmit([]);
    this.#stopRepeat();
    this.#stopRepeat = this.#agent.clock.after(PROVISIONAL_REPEAT_MS, () => {
      this.#sendProvisional();
    });
  }

  // Where the caller insists, and where it can: an answer must not get lost. RFC 3262 §3.
  #isReliable(sdp: string | undefined): boolean {
    const names = (header: string): boolean =>
      this.request.headers.list(header).some((option) => option.toLowerCase() === '100rel');
    return (
      names('require') || (sdp !== undefined && this.offer !== undefined && names('supported'))
    );
  }

  #onPrack(prack: ServerTransaction): void {
    // RFC 3262 §3: one that fits nothing is 481.
    if (!this.#reliable.onPrack(prack.request)) {
      prack.reply(481);
      return;
    }
    this.#dialog.answerOffer(prack);
    this.#reliable.proceed();
  }

  #sendOk(): void {
    this.#dialog.sendOk(this.#transaction, this.#okSdp, (outcome) => {
      if (outcome.type === 'ack') {
        if (this.offer === undefined) this.#dialog.remoteSdp = sdpOf(outcome.request);
        this.#input({ type: 'ack' });
        return;
      }
      this.#answerFailure =
        outcome.type === 'ended'
          ? new SipCallError('ended', 'The call ended before its ACK')
          : new SipCallError('no-ack', 'No ACK came');
      this.#input({ type: 'dialog-over' });
    });
  }

  // An INVITE may say how long it is good for: RFC 3261 §13.3.1.
  #startExpiry(): void {
    const expires = this.request.headers.get('expires');
    if (expires === undefined || !/^\d{1,7}$/.test(expires)) return;
    this.#stopExpiry = this.#agent.clock.after(Number(expires) * 1000, () => {
      this.#input({ type: 'cancel' });
    });
  }
}
