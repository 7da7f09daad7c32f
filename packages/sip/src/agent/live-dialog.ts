import type { Authenticator } from '../digest/authenticator.ts';
import type { Envelope } from '../message/envelope.ts';
import {
  bodyText,
  sdpOf,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '../message/message.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import { isBehindNat, transportOf } from '../transport/next-hop.ts';
import type { Source } from '../transport/transport.ts';
import { AckSender } from './ack-sender.ts';
import {
  type Agent,
  contactFor,
  type DialogPeer,
  type Hop,
  hopTransport,
  SUPPORTED,
} from './agent.ts';
import type { CallDialog, DialogEnd, DialogInfo } from './call-dialog.ts';
import { DialogRefers, type ReferringDialog } from './dialog-refers.ts';
import {
  contactOf,
  dialogKey,
  dialogRequest,
  type DialogState,
  nextHopUri,
} from './dialog-state.ts';
import { requestFinal } from './final-response.ts';
import { type OkOutcome, OkSender } from './ok-sender.ts';
import type { IncomingRefer, ReferProgress } from './refer.ts';
import { refuseMethod } from './refuse-method.ts';
import { offerAgain, type OfferingDialog } from './reinvite.ts';
import {
  answerSessionTimer,
  MIN_SESSION_SEC,
  readAgreement,
  SESSION_SEC,
  sessionHeaders,
  SessionTimer,
} from './session-timer.ts';

/** Seconds a peer is told to wait with its next re-INVITE: RFC 3261 §14.2 asks for 0 to 10. */
const RETRY_AFTER_SEC = 2;

export interface LiveDialogOptions {
  readonly state: DialogState;
  /** True when we sent the INVITE. */
  readonly caller: boolean;
  /** Where the peer's message came from. */
  readonly seen: Source;
  /** Its Contact is not where it is reached, `seen` is. */
  readonly bySource?: boolean;
  readonly auth: Authenticator;
  readonly contactUser: string | undefined;
  /** It began with a `sips` URI. */
  readonly secure: boolean;
}

/** One dialog from its 2xx to its BYE. */
export class LiveDialog implements CallDialog, DialogPeer, OfferingDialog, ReferringDialog {
  readonly ended: Promise<DialogEnd>;
  readonly caller: boolean;
  readonly auth: Authenticator;
  remoteSdp: string | undefined;
  offering = false;
  awaitingAnswer = false;
  /** While it is early, its INVITE's to answer. */
  onPrack: ((prack: ServerTransaction) => void) | undefined;
  readonly #session: SessionTimer;
  #localSdp: string | undefined;
  #peerAllows: readonly string[] = [];
  readonly #agent: Agent;
  readonly #options: LiveDialogOptions;
  readonly #ack: AckSender;
  readonly #ok: OkSender;
  readonly #refers: DialogRefers;
  #state: DialogState;
  /** Where the peer's latest request came from, or what made the dialog. */
  #seen: Source;
  #localSeq: number;
  #end: (end: DialogEnd) => void = () => undefined;
  #over = false;
  #byeSent: Promise<void> | undefined;
  #crossed: () => void = () => undefined;
  #offerHandler: ((sdp: string | undefined) => string | undefined) | undefined;
  #answerHandler: ((sdp: string) => void) | undefined;
  #infoHandler: ((info: DialogInfo) => void) | undefined;

  constructor(agent: Agent, options: LiveDialogOptions) {
    this.#agent = agent;
    this.#options = options;
    this.#ack = new AckSender(agent);
    this.#ok = new OkSender(agent.clock, agent.timing);
    this.#refers = new DialogRefers(agent, this);
    this.#state = options.state;
    this.#seen = options.seen;
    this.#localSeq = options.state.localSeq;
    this.#session = new SessionTimer(agent.clock, {
      refresh: () => void this.#refreshSession(),
      expire: () => void this.terminate({ by: 'timeout', reason: 'Session expired' }),
    });
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

  get answered(): Promise<void> {
    return this.#ok.settled;
  }

  /** Our Contact for this dialog. */
  get contact(): string {
    const { contactUser, secure } = this.#options;
    return contactFor(this.#agent, contactUser, { transport: hopTransport(this.hop), secure });
  }

  /**
   * Where its requests go. A peer that gives a private Contact is reached where it was seen, and one
   * that opened a stream to us by that, as long as it lives: RFC 5923 §5.
   */
  get hop(): Hop {
    const uri = nextHopUri(this.#state);
    const seen = this.#seen;
    const { bySource = false } = this.#options;
    const own = transportOf(uri) === seen.transport && this.#agent.isConnected(seen);
    return this.#state.routes.length === 0 && (own || bySource || isBehindNat(uri, seen))
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

  setReferHandler(handler: (refer: IncomingRefer) => void): void {
    this.#refers.setHandler(handler);
  }

  refer(target: string, onProgress?: (progress: ReferProgress) => void): Promise<ReferProgress> {
    return this.#refers.refer(target, onProgress);
  }

  reinvite(sdp: string): Promise<string> {
    this.#localSdp = sdp;
    return offerAgain(this.#agent, this, sdp);
  }

  /** Takes what the 2xx to an INVITE or UPDATE of ours agreed to, and what the peer can do. */
  onAnswered(response: SipResponse, localSdp?: string): void {
    this.#localSdp = localSdp ?? this.#localSdp;
    this.#notePeer(response);
    // Its 2xx may cross a BYE.
    if (!this.#over) this.#session.start(readAgreement(response));
  }

  /** Answers an UPDATE or PRACK with 200, and its offer where it makes one: RFC 3311 §5.2. */
  answerOffer(
    transaction: ServerTransaction,
    headers: readonly (readonly [string, string])[] = [],
  ): void {
    const offer = sdpOf(transaction.request);
    if (offer === undefined) {
      transaction.reply(200, { headers });
      return;
    }
    const answer = this.#guard(() => this.#offerHandler?.(offer));
    if (!answer.ok) transaction.reply(500);
    else if (answer.value === undefined) transaction.reply(488);
    else {
      this.remoteSdp = offer;
      this.#localSdp = answer.value;
      transaction.reply(200, { headers, sdp: answer.value });
    }
  }

  bye(): Promise<void> {
    return this.terminate({ by: 'local' });
  }

  /** Ends the dialog with a BYE and that outcome, unless it has ended. */
  terminate(end: DialogEnd): Promise<void> {
    if (this.#over) return this.#byeSent ?? Promise.resolve();
    this.#finish(end);
    // It stays filed until the BYE is answered, so that a crossing BYE finds it.
    const crossed = new Promise<void>((resolve) => {
      this.#crossed = resolve;
    });
    this.#byeSent = Promise.race([this.#sendBye(), crossed]);
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
        ...this.auth.headers(method, plain.uri, content.body),
        ...(content.headers ?? []),
      ],
      ...(content.body === undefined ? {} : { body: content.body }),
    });
  }

  /** Acknowledges the 2xx to that INVITE, which may be the first or come again. */
  acknowledge(invite: SipRequest): void {
    this.#ack.acknowledge(this.#state, invite, this.hop);
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
      ['Supported', SUPPORTED.join(', ')],
      ['Server', this.#agent.userAgent],
    ];
  }

  /** Sends a 200 with SDP until its ACK comes; without one the dialog is hung up. */
  sendOk(transaction: ServerTransaction, sdp: string, done: (outcome: OkOutcome) => void): void {
    const session = answerSessionTimer(transaction.request);
    const timer = session.kind === 'agreed' ? session : { headers: [], agreement: undefined };
    const headers = [...this.answerHeaders(transaction.request), ...timer.headers];
    this.#notePeer(transaction.request);
    this.#localSdp = sdp;
    this.#ok.start({
      seq: transaction.envelope.seq,
      send: () => {
        transaction.reply(200, { headers, sdp });
      },
      done: (outcome) => {
        if (outcome.type === 'ack') this.#session.start(timer.agreement);
        done(outcome);
        if (outcome.type === 'no-ack') void this.terminate({ by: 'timeout', reason: 'No ACK' });
      },
    });
  }

  onAck(request: SipRequest, envelope: Envelope): void {
    this.#ok.onAck(request, envelope.seq);
  }

  onLateAnswer(seq: number): void {
    this.#ack.again(seq);
  }

  onRequest(transaction: ServerTransaction): void {
    const { request, envelope } = transaction;
    // Out of order: RFC 3261 §12.2.2.
    if (this.#state.remoteSeq !== undefined && envelope.seq < this.#state.remoteSeq) {
      transaction.reply(500);
      return;
    }
    this.#state = { ...this.#state, remoteSeq: envelope.seq };
    // A phone whose connection or NAT was renewed is there now, and by the old one no more: RFC 5626 §5.3.
    this.#seen = transaction.source;
    // Whatever crosses our BYE comes too late, but another BYE: RFC 3261 §15.1.2.
    if (this.#over && request.method !== 'BYE') {
      transaction.reply(481);
      return;
    }
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
      case 'UPDATE':
        this.#onUpdate(transaction);
        break;
      case 'REFER':
        this.#refers.onRefer(transaction);
        break;
      case 'NOTIFY':
        this.#refers.onNotify(transaction);
        break;
      case 'PRACK':
        if (this.onPrack === undefined) transaction.reply(481);
        else this.onPrack(transaction);
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
    await this.#ack.sent;
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
    this.#agent.dialogs.delete(this.#key);
    // A BYE of ours that crossed this one needs no answer any more.
    this.#crossed();
    this.#finish({ by: 'remote', ...(reason === undefined ? {} : { reason }) });
  }

  #onInfo(transaction: ServerTransaction): void {
    const { request } = transaction;
    transaction.reply(200);
    const contentType = request.headers.get('content-type') ?? '';
    this.#guard(() => this.#infoHandler?.({ contentType, body: bodyText(request) }));
  }

  // RFC 3311 §5.2.
  #onUpdate(transaction: ServerTransaction): void {
    const { request } = transaction;
    const session = answerSessionTimer(request);
    if (session.kind === 'too-small') refuseSession(transaction);
    else if (sdpOf(request) !== undefined && this.awaitingAnswer) transaction.reply(491);
    else if (sdpOf(request) !== undefined && this.#ok.pending) {
      transaction.reply(500, { headers: [['Retry-After', String(RETRY_AFTER_SEC)]] });
    } else {
      this.refreshTarget(request);
      this.answerOffer(transaction, [
        ['Contact', this.contact],
        ['Allow', this.#agent.allow],
        ...session.headers,
      ]);
      // Before its 2xx a dialog has no session to keep alive: RFC 4028 §7.4.
      if (this.onPrack === undefined || this.#session.running)
        this.#session.start(session.agreement);
    }
  }

  // By UPDATE, which says nothing of the media, where the peer takes it: RFC 4028 §7.4.
  async #refreshSession(): Promise<void> {
    if (!this.#peerAllows.includes('UPDATE')) {
      if (this.#localSdp !== undefined) await this.reinvite(this.#localSdp).catch(this.#onRefused);
      return;
    }
    const outcome = await requestFinal(
      this.#agent,
      () => ({
        request: this.build('UPDATE', this.nextSeq(), {
          headers: [
            ['Contact', this.contact],
            ['Supported', SUPPORTED.join(', ')],
            ...sessionHeaders(SESSION_SEC),
          ],
        }),
        hop: this.hop,
      }),
      this.auth,
    );
    if (this.#over) return;
    if (outcome.kind === 'response' && outcome.response.status < 300) {
      this.refreshTarget(outcome.response);
      this.onAnswered(outcome.response);
    } else if (outcome.kind === 'failed' || [408, 481].includes(outcome.response.status)) {
      // RFC 4028 §10: nobody is there any more.
      void this.terminate({ by: 'timeout', reason: 'Session not refreshed' });
    } else this.#session.start({ expiresSec: SESSION_SEC, ours: true });
  }

  readonly #onRefused = (): void => {
    if (!this.#over) this.#session.start({ expiresSec: SESSION_SEC, ours: true });
  };

  #notePeer({ headers }: SipMessage): void {
    const allowed = headers.list('allow').map((method) => method.toUpperCase());
    if (allowed.length > 0) this.#peerAllows = allowed;
  }

  // RFC 3261 §14.2.
  #onReinvite(transaction: ServerTransaction): void {
    if (this.awaitingAnswer) {
      transaction.reply(491);
      return;
    }
    // Before the final response to the one before, or its ACK.
    if (this.onPrack !== undefined || this.#ok.pending) {
      transaction.reply(500, { headers: [['Retry-After', String(RETRY_AFTER_SEC)]] });
      return;
    }
    if (answerSessionTimer(transaction.request).kind === 'too-small') {
      refuseSession(transaction);
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

  #finish(end: DialogEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#session.stop();
    this.#refers.end();
    this.#ok.end();
    this.#end(end);
  }
}

// RFC 4028 §6.
function refuseSession(transaction: ServerTransaction): void {
  transaction.reply(422, { headers: [['Min-SE', String(MIN_SESSION_SEC)]] });
}
