import type { Envelope } from '../message/envelope.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { parseSipUri, type SipUri } from '../message/uri.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import type { TransactionUser } from '../transaction/transaction-layer.ts';
import { type Agent, SUPPORTED } from './agent.ts';
import { calleeDialog, dialogKey } from './dialog-state.ts';
import { type IncomingCall, LiveIncomingCall } from './incoming-call.ts';
import { type IncomingRegister, openRegister } from './incoming-register.ts';
import { isKnownMethod, refuseMethod } from './refuse-method.ts';
import { answerSessionTimer, MIN_SESSION_SEC } from './session-timer.ts';

const ACCEPT = 'application/sdp';
/** Methods whose body is an offer. */
const OFFERING: ReadonlySet<string> = new Set(['INVITE', 'UPDATE']);

export interface RouterOptions {
  readonly onInvite: ((call: IncomingCall) => void) | undefined;
  readonly onRegister: ((request: IncomingRegister) => void) | undefined;
  readonly isClosing: () => boolean;
}

/** The user agent core: gives each request to its dialog, to the application, or back: RFC 3261 §8.2. */
export class Router implements TransactionUser {
  readonly #agent: Agent;
  readonly #options: RouterOptions;

  constructor(agent: Agent, options: RouterOptions) {
    this.#agent = agent;
    this.#options = options;
  }

  onRequest(transaction: ServerTransaction): void {
    const { request, envelope } = transaction;
    const unknown = request.headers
      .list('require')
      .filter((option) => !SUPPORTED.includes(option.toLowerCase()));
    // RFC 3261 §8.2.2.3.
    if (unknown.length > 0) {
      transaction.reply(420, { headers: [['Unsupported', unknown.join(', ')]] });
    } else if (envelope.toTag !== undefined) this.#inDialog(transaction, envelope.toTag);
    else if (this.#options.isClosing()) transaction.reply(503);
    else this.#outOfDialog(transaction);
  }

  onAck(_request: SipRequest, envelope: Envelope): void {
    const { callId, toTag, fromTag } = envelope;
    if (toTag === undefined) return;
    this.#agent.dialogs.get(dialogKey(callId, toTag, fromTag))?.onAck(_request, envelope);
  }

  onStrayResponse(response: SipResponse, envelope: Envelope): void {
    if (envelope.seqMethod !== 'INVITE' || response.status < 200 || response.status > 299) return;
    const key = dialogKey(envelope.callId, envelope.fromTag, envelope.toTag ?? '');
    this.#agent.dialogs.get(key)?.onLateAnswer(envelope.seq);
  }

  #inDialog(transaction: ServerTransaction, toTag: string): void {
    const { callId, fromTag } = transaction.envelope;
    const dialog = this.#agent.dialogs.get(dialogKey(callId, toTag, fromTag));
    // RFC 3261 §12.2.2.
    if (dialog === undefined) transaction.reply(481);
    else if (OFFERING.has(transaction.request.method) && !isReadable(transaction.request)) {
      refuseBody(transaction);
    } else dialog.onRequest(transaction);
  }

  #outOfDialog(transaction: ServerTransaction): void {
    const { request } = transaction;
    const known = isKnownMethod(request.method);
    const uri = known ? parseSipUri(request.uri) : undefined;
    // RFC 3261 §8.2.1 comes before §8.2.2.1: of an unknown method nothing else is looked at.
    if (uri === undefined) refuseMethod(this.#agent, transaction);
    else if (!uri.ok) transaction.reply(400, { reason: 'Malformed Request-URI' });
    // A tel URI names a number just as well: RFC 3966.
    else if (!isCallable(uri.value)) transaction.reply(416);
    else this.#known(transaction, uri.value);
  }

  #known(transaction: ServerTransaction, uri: SipUri): void {
    switch (transaction.request.method) {
      case 'INVITE':
        this.#invite(transaction, uri);
        break;
      case 'REGISTER':
        this.#register(transaction);
        break;
      case 'OPTIONS':
        // RFC 3261 §11.2.
        transaction.reply(200, {
          headers: [
            ['Allow', this.#agent.allow],
            ['Accept', ACCEPT],
            ['Supported', SUPPORTED.join(', ')],
            ['Server', this.#agent.userAgent],
          ],
        });
        break;
      case 'BYE':
      case 'INFO':
      case 'NOTIFY':
      case 'PRACK':
      case 'REFER':
      case 'UPDATE':
        transaction.reply(481);
        break;
      default:
        refuseMethod(this.#agent, transaction);
    }
  }

  #invite(transaction: ServerTransaction, requestUri: SipUri): void {
    const { request, envelope } = transaction;
    if (!isReadable(request)) {
      refuseBody(transaction);
      return;
    }
    if (!takesSdp(request)) {
      transaction.reply(406, { headers: [['Warning', '399 - "Only application/sdp is spoken"']] });
      return;
    }
    const dialog = calleeDialog(request, envelope, transaction.localTag);
    if (!dialog.ok) {
      transaction.reply(400, { reason: dialog.error.message });
      return;
    }
    if (this.#options.onInvite === undefined) {
      transaction.reply(603);
      return;
    }
    const session = answerSessionTimer(request);
    if (session.kind === 'too-small') {
      transaction.reply(422, { headers: [['Min-SE', String(MIN_SESSION_SEC)]] });
      return;
    }
    // At once rather than after 200 ms, so that the caller stops repeating: RFC 3261 §17.2.1.
    transaction.reply(100);
    const call = new LiveIncomingCall(this.#agent, {
      transaction,
      requestUri,
      dialog: dialog.value,
    });
    try {
      this.#options.onInvite(call);
    } catch (cause) {
      this.#agent.problem({ kind: 'handler', message: 'onInvite threw', cause });
      call.reject(500);
    }
  }

  #register(transaction: ServerTransaction): void {
    const { onRegister } = this.#options;
    if (onRegister === undefined) {
      refuseMethod(this.#agent, transaction);
      return;
    }
    const register = openRegister(this.#agent, transaction);
    if (!register.ok) {
      transaction.reply(400, { reason: register.error.message });
      return;
    }
    try {
      onRegister(register.value);
    } catch (cause) {
      this.#agent.problem({ kind: 'handler', message: 'onRegister threw', cause });
      register.value.reject(500);
    }
  }
}

function isCallable(uri: SipUri): boolean {
  return uri.scheme === 'sip' || uri.scheme === 'sips' || uri.scheme === 'tel';
}

// RFC 3261 §20.1: without Accept it is application/sdp.
function takesSdp(request: SipRequest): boolean {
  const accepted = request.headers.list('accept');
  return accepted.length === 0 || accepted.some((range) => SDP_RANGE.test(range));
}

const SDP_RANGE = /^(?:\*\/\*|application\/(?:\*|sdp))\s*(?:;|$)/i;

// RFC 3261 §21.4.13.
function refuseBody(transaction: ServerTransaction): void {
  transaction.reply(415, {
    headers: [
      ['Accept', ACCEPT],
      ['Accept-Encoding', 'identity'],
    ],
  });
}

// RFC 3261 §8.2.3: a body that must be understood and cannot be.
function isReadable(request: SipRequest): boolean {
  if (request.body.byteLength === 0) return true;
  if (/handling\s*=\s*optional/i.test(request.headers.get('content-disposition') ?? ''))
    return true;
  const encoding = request.headers.get('content-encoding');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return false;
  const type = (request.headers.get('content-type') ?? ACCEPT).split(';', 1)[0] ?? '';
  return type.trim().toLowerCase() === ACCEPT || /^\s*multipart\//i.test(type);
}
