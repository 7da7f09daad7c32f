import type { Authenticator } from '../digest/authenticator.ts';
import type { Envelope } from '../message/envelope.ts';
import { bodyText, sdpOf, type SipRequest } from '../message/message.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import { isBehindNat } from '../transport/next-hop.ts';
import type { Remote } from '../transport/transport.ts';
import {
  type Agent,
  contactFor,
  type DialogPeer,
  type Hop,
  hopTransport,
  resolveHop,
} from './agent.ts';
import type { CallDialog, DialogEnd, DialogInfo } from './call-dialog.ts';
import {
  contactOf,
  dialogKey,
  dialogRequest,
  type DialogState,
  nextHopUri,
} from './dialog-state.ts';
import { requestFinal } from './final-response.ts';
import { OkRetransmission } from './ok-retransmission.ts';
import { refuseMethod } from './refuse-method.ts';
import { offerAgain, type OfferingDialog } from './reinvite.ts';

/** Seconds a peer is told to wait with its next re-INVITE: RFC 3261 §14.2 asks for 0 to 10. */
const RETRY_AFTER_SEC = 2;

export interface LiveDialogOptions {
  readonly state: DialogState;
  /** True when we sent the INVITE. */
  readonly caller: boolean;
  /** Where the peer's message came from. */
  readonly seen: Remote;
  readonly auth: Authenticator;
  readonly contactUser: string | undefined;
}

interface SentAck {
  readonly seq: number;
  readonly send: () => Promise<void>;
}

/** What became of a 200 of ours. */
export type OkOutcome =
  | { readonly type: 'ack'; readonly request: SipRequest }
  | { readonly type: 'no-ack' }
  /** The dialog ended first. */
  | { readonly type: 'ended' };

/** One dialog from its 2xx to its BYE. */
export class LiveDialog implements CallDialog, DialogPeer, OfferingDialog {
  readonly ended: Promise<DialogEnd>;
  readonly caller: boolean;
  readonly auth: Authenticator;
  remoteSdp: string | undefined;
  /** True while an offer of ours is unanswered. */
  offering = false;
  readonly #agent: Agent;
  readonly #options: LiveDialogOptions;
  #state: DialogState;
  #localSeq: number;
  #end: (end: DialogEnd) => void = () => undefined;
  #over = false;
  #byeSent: Promise<void> | undefined;
  #ack: SentAck | undefined;
  #acked: Promise<void> = Promise.resolve();
  #ok: OkRetransmission | undefined;
  #onOkDone: ((outcome: OkOutcome) => void) | undefined;
  #offerHandler: ((sdp: string | undefined) => string | undefined) | undefined;
  #answerHandler: ((sdp: string) => void) | undefined;
  #infoHandler: ((info: DialogInfo) => void) | undefined;

  constructor(agent: Agent, options: LiveDialogOptions) {
    this.#agent = agent;
    this.#options = options;
    this.#state = options.state;
    this.#localSeq = options.state.localSeq;
    this.caller = options.caller;
    this.auth = options.auth;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    agent.dialogs.set(this.#key, this);
  }

  get callId(): string {
    return this.#state.callId;
  }

  get localTag(): string {
    return this.#state.localTag;
  }

  get remoteTag(): string {
    return this.#state.remoteTag;
  }

  get remoteUri(): string {
    return this.#state.remoteUri;
  }

  get over(): boolean {
    return this.#over;
  }

  /** True while a 2xx of ours waits for its ACK. */
  get answering(): boolean {
    return this.#ok !== undefined;
  }

  /** Our Contact for this dialog. */
  get contact(): string {
    return contactFor(this.#agent, this.#options.contactUser, hopTransport(this.hop));
  }

  /** Where its requests go. A peer that gives a private Contact is reached where it was seen. */
  get hop(): Hop {
    const uri = nextHopUri(this.#state);
    const { seen } = this.#options;
    return this.#state.routes.length === 0 && isBehindNat(uri, seen)
      ? { kind: 'remote', remote: seen }
      : { kind: 'uri', uri };
  }

  setOfferHandler(handler: (sdp: string | undefined) => string | undefined): void {
    this.#offerHandler = handler;
  }

  setAnswerHandler(handler: (sdp: string) => void): void {
    this.#answerHandler = handler;
  }

  setInfoHandler(handler: (info: DialogInfo) => void): void {
    this.#infoHandler = handler;
  }

  reinvite(sdp: string): Promise<string> {
    return offerAgain(this.#agent, this, sdp);
  }

  bye(): Promise<void> {
    return this.terminate({ by: 'local' });
  }

  /** Ends the dialog with a BYE and that outcome, unless it has ended. */
  terminate(end: DialogEnd): Promise<void> {
    if (this.#over) return this.#byeSent ?? Promise.resolve();
    this.#finish(end);
    // It stays filed until the BYE is answered, so that a crossing BYE finds it.
    this.#byeSent = this.#sendBye();
    return this.#byeSent;
  }

  drop(): void {
    this.#finish({ by: 'local' });
    this.#agent.dialogs.delete(this.#key);
  }

  nextSeq(): number {
    this.#localSeq += 1;
    return this.#localSeq;
  }

  /** Builds a request of this dialog, with what its authenticator has to say. */
  build(
    method: string,
    seq: number,
    content: {
      readonly headers?: readonly (readonly [string, string])[];
      readonly body?: Uint8Array;
    } = {},
  ): SipRequest {
    const plain = dialogRequest(this.#state, method, { seq });
    return dialogRequest(this.#state, method, {
      seq,
      headers: [
        ['User-Agent', this.#agent.userAgent],
        ...this.auth.headers(method, plain.uri),
        ...(content.headers ?? []),
      ],
      ...(content.body === undefined ? {} : { body: content.body }),
    });
  }

  /** Acknowledges the 2xx to that INVITE; with the very same ACK when the 2xx comes again. */
  acknowledge(invite: SipRequest): void {
    const seq = seqOf(invite);
    if (this.#ack?.seq === seq) {
      void this.#ack.send();
      return;
    }
    const { transactions } = this.#agent;
    const request = dialogRequest(this.#state, 'ACK', {
      seq,
      headers: credentialsOf(invite),
    });
    const prepared = resolveHop(this.hop).then(
      (remote) => ({ remote, request: transactions.prepare(request, remote) }),
      (cause: unknown) => {
        this.#agent.problem({ kind: 'send-failed', message: 'ACK not sent', cause });
        return undefined;
      },
    );
    const send = async (): Promise<void> => {
      const ready = await prepared;
      if (ready !== undefined) transactions.sendAsIs(ready.request, ready.remote);
    };
    this.#ack = { seq, send };
    this.#acked = send();
  }

  /** Takes the peer's new Contact: RFC 3261 §12.2. */
  refreshTarget(message: Parameters<typeof contactOf>[0]): void {
    const target = contactOf(message);
    if (target !== undefined) this.#state = { ...this.#state, target };
  }

  /** The headers of our 1xx and 2xx to an INVITE: RFC 3261 §12.1.1, §13.3.1. */
  answerHeaders(invite: SipRequest): readonly (readonly [string, string])[] {
    const routes = invite.headers.getAll('record-route');
    return [
      ...routes.map((route) => ['Record-Route', route] as const),
      ['Contact', this.contact],
      ['Allow', this.#agent.allow],
      ['Server', this.#agent.userAgent],
    ];
  }

  /** Sends a 200 with SDP until its ACK comes. */
  sendOk(transaction: ServerTransaction, sdp: string, done: (outcome: OkOutcome) => void): void {
    const headers = this.answerHeaders(transaction.request);
    const resend = (): void => {
      transaction.reply(200, { headers, sdp });
    };
    resend();
    this.#onOkDone = done;
    this.#ok = new OkRetransmission(this.#agent.clock, this.#agent.timing, {
      seq: transaction.envelope.seq,
      resend,
      onGiveUp: () => {
        this.#settleOk({ type: 'no-ack' });
        void this.terminate({ by: 'timeout', reason: 'No ACK' });
      },
    });
  }

  onAck(request: SipRequest, envelope: Envelope): void {
    if (this.#ok?.seq === envelope.seq) this.#settleOk({ type: 'ack', request });
  }

  onLateAnswer(seq: number): void {
    if (this.#ack?.seq === seq) void this.#ack.send();
  }

  onRequest(transaction: ServerTransaction): void {
    const { request, envelope } = transaction;
    // Out of order: RFC 3261 §12.2.2.
    if (this.#state.remoteSeq !== undefined && envelope.seq < this.#state.remoteSeq) {
      transaction.reply(500);
      return;
    }
    this.#state = { ...this.#state, remoteSeq: envelope.seq };
    switch (request.method) {
      case 'BYE':
        this.#onBye(transaction);
        break;
      case 'INVITE':
        this.#onReinvite(transaction);
        break;
      case 'INFO':
        this.#onInfo(transaction);
        break;
      case 'OPTIONS':
        transaction.reply(200, { headers: [['Allow', this.#agent.allow]] });
        break;
      default:
        refuseMethod(this.#agent, transaction);
    }
  }

  async #sendBye(): Promise<void> {
    // Never before the ACK that confirms the dialog.
    await this.#acked;
    await requestFinal(
      this.#agent,
      () => ({ request: this.build('BYE', this.nextSeq()), hop: this.hop }),
      this.auth,
    );
    this.#agent.dialogs.delete(this.#key);
  }

  get #key(): string {
    return dialogKey(this.#state.callId, this.#state.localTag, this.#state.remoteTag);
  }

  #onBye(transaction: ServerTransaction): void {
    transaction.reply(200);
    const reason = transaction.request.headers.get('reason');
    if (this.#byeSent === undefined) this.#agent.dialogs.delete(this.#key);
    this.#finish({ by: 'remote', ...(reason === undefined ? {} : { reason }) });
  }

  #onInfo(transaction: ServerTransaction): void {
    const { request } = transaction;
    transaction.reply(200);
    const contentType = request.headers.get('content-type') ?? '';
    this.#guard(() => this.#infoHandler?.({ contentType, body: bodyText(request) }));
  }

  // RFC 3261 §14.2.
  #onReinvite(transaction: ServerTransaction): void {
    if (this.#over) {
      transaction.reply(481);
      return;
    }
    if (this.offering) {
      transaction.reply(491);
      return;
    }
    if (this.#ok !== undefined) {
      transaction.reply(500, { headers: [['Retry-After', String(RETRY_AFTER_SEC)]] });
      return;
    }
    const offer = sdpOf(transaction.request);
    const answer = this.#guard(() => this.#offerHandler?.(offer));
    if (!answer.ok) {
      transaction.reply(500);
      return;
    }
    if (answer.value === undefined) {
      transaction.reply(488);
      return;
    }
    this.refreshTarget(transaction.request);
    if (offer !== undefined) this.remoteSdp = offer;
    this.sendOk(transaction, answer.value, (outcome) => {
      if (outcome.type !== 'ack' || offer !== undefined) return;
      const late = sdpOf(outcome.request);
      if (late === undefined) return;
      this.remoteSdp = late;
      this.#guard(() => this.#answerHandler?.(late));
    });
  }

  #guard<T>(call: () => T): { readonly ok: true; readonly value: T } | { readonly ok: false } {
    try {
      return { ok: true, value: call() };
    } catch (cause) {
      this.#agent.problem({ kind: 'handler', message: 'A dialog handler threw', cause });
      return { ok: false };
    }
  }

  #settleOk(outcome: OkOutcome): void {
    this.#ok?.stop();
    this.#ok = undefined;
    const done = this.#onOkDone;
    this.#onOkDone = undefined;
    done?.(outcome);
  }

  #finish(end: DialogEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#settleOk({ type: 'ended' });
    this.#end(end);
  }
}

function seqOf(request: SipRequest): number {
  return Number.parseInt(request.headers.get('cseq') ?? '', 10);
}

// An ACK cannot be challenged: it repeats what the INVITE was let in with, RFC 3261 §22.1.
function credentialsOf(invite: SipRequest): readonly (readonly [string, string])[] {
  return invite.headers
    .entries()
    .filter(([name]) => name === 'Authorization' || name === 'Proxy-Authorization');
}
