import { Authenticator } from '../digest/authenticator.ts';
import type { Envelope } from '../message/envelope.ts';
import { SipHeaders } from '../message/headers.ts';
import { sdpOf, type SipRequest, type SipResponse } from '../message/message.ts';
import { formatSipUri } from '../message/uri.ts';
import type { ClientTransaction } from '../transaction/client-transaction.ts';
import { PATIENCE } from '../transaction/machine.ts';
import type { Source } from '../transport/transport.ts';
import { type Agent, contactFor, SUPPORTED } from './agent.ts';
import type { CallDialog } from './call-dialog.ts';
import { callerDialog } from './dialog-state.ts';
import { type InviteOptions, type InvitePlan, inviteTexts } from './invite-options.ts';
import { EarlyDialog } from './early-dialog.ts';
import { LiveDialog } from './live-dialog.ts';
import {
  type OutgoingEffect,
  type OutgoingInput,
  type OutgoingState,
  stepOutgoing,
} from './outgoing-call-step.ts';
import { readMinSession, SESSION_SEC, sessionHeaders } from './session-timer.ts';

/** A call we place. */
export interface OutgoingCall {
  readonly callId: string;
  /** Never rejects. */
  readonly result: Promise<OutgoingResult>;
  /** Gives the call up; without effect once there is a result. */
  cancel(): void;
}

export type OutgoingResult =
  | { readonly kind: 'answered'; readonly dialog: CallDialog; readonly sdp: string }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly reason: string;
      readonly response: SipResponse;
    }
  | { readonly kind: 'canceled' }
  | {
      readonly kind: 'failed';
      /** `flow`: the connection by which the phone registered is closed, and it is nowhere else. */
      readonly cause: 'timeout' | 'transport' | 'flow' | 'malformed';
      readonly message: string;
    };

interface Received {
  readonly response: SipResponse;
  readonly envelope: Envelope;
  readonly source: Source;
}

/** Where one attempt goes, and what all attempts of a call have in common: RFC 3263 §4.3. */
export interface Attempt {
  readonly plan: InvitePlan;
  readonly remote: Source;
  /** The peer is reached where it was seen, not where its Contact says. */
  readonly bySource: boolean;
  readonly callId: string;
  readonly localTag: string;
}

/** Runs `stepOutgoing` for one INVITE to one server. */
export class LiveOutgoingCall implements OutgoingCall {
  readonly callId: string;
  readonly result: Promise<OutgoingResult>;
  readonly #agent: Agent;
  readonly #options: InviteOptions;
  readonly #auth: Authenticator;
  readonly #attempt: Attempt;
  /** Every dialog a 2xx made, by its To tag. */
  readonly #forks = new Map<string, LiveDialog>();
  /** Challenges answered so far. */
  readonly #answered = new Set<string>();
  readonly #earlySdp = new Map<string, string>();
  #state: OutgoingState = { name: 'calling' };
  /** Early dialogs that acknowledge their provisional responses, by To tag. */
  readonly #early = new Map<string, EarlyDialog>();
  #sessionSec = SESSION_SEC;
  #seq = 0;
  #transaction: ClientTransaction | undefined;
  #received: Received | undefined;
  #failure: { cause: 'timeout' | 'transport' | 'flow'; message: string } | undefined;
  #stopCancelTimer: () => void = () => undefined;
  #stopPatience: () => void = () => undefined;
  #stopWatch: () => void = () => undefined;
  #resolve: (result: OutgoingResult) => void = () => undefined;

  constructor(agent: Agent, options: InviteOptions, attempt: Attempt) {
    this.#agent = agent;
    this.#options = options;
    this.#attempt = attempt;
    this.callId = attempt.callId;
    this.#auth = new Authenticator(options.credentials, agent.ids);
    this.result = new Promise((resolve) => {
      this.#resolve = (result) => {
        this.#stopPatience();
        this.#stopWatch();
        resolve(result);
      };
    });
    this.#send();
  }

  cancel(): void {
    this.#input({ type: 'cancel' });
  }

  #input(input: OutgoingInput): void {
    const { state, effects } = stepOutgoing(this.#state, input);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  // One line for each effect, so the switch is long and flat.
  #perform(effect: OutgoingEffect): void {
    switch (effect) {
      case 'tell-provisional':
        this.#tellProvisional();
        break;
      case 'send-cancel':
        this.#sendCancel();
        break;
      case 'stop-cancel-timer':
        this.#stopCancelTimer();
        break;
      case 'retry':
        this.#send();
        break;
      case 'establish':
        this.#establish();
        break;
      case 'acknowledge':
        this.#acknowledgeAgain();
        break;
      case 'hang-up':
        void this.#acknowledgeNew()?.dialog.terminate({ by: 'local' });
        break;
      case 'abandon':
        this.#transaction?.abandon();
        break;
      case 'end-refused':
        this.#endRefused();
        break;
      case 'end-failed':
        this.#resolve({ kind: 'failed', ...(this.#failure ?? NO_FAILURE) });
        break;
      case 'end-canceled':
        this.#resolve({ kind: 'canceled' });
        break;
      default:
        break;
    }
  }

  #send(): void {
    this.#seq += 1;
    const { remote } = this.#attempt;
    // A phone that is called by its own connection is not there any more once that is closed: RFC 5626 §5.3.
    this.#stopWatch();
    this.#stopWatch = this.#agent.onStreamClosed(remote, () => {
      this.#failure = { cause: 'flow', message: FLOW_CLOSED };
      this.#input({ type: 'flow-closed' });
    });
    const { patienceMs } = this.#options;
    if (patienceMs !== undefined) {
      this.#stopPatience = this.#agent.clock.after(patienceMs, () => {
        this.#failure = { cause: 'timeout', message: `No response in ${patienceMs / 1000} s` };
        this.#input({ type: 'unheard' });
      });
    }
    this.#transaction = this.#agent.transactions.request(this.#build(), remote, {
      onResponse: (response, envelope, source) => {
        this.#onResponse({ response, envelope, source });
      },
      onFailure: (cause, message) => {
        this.#failure = { cause, message };
        this.#input({ type: 'failed' });
      },
    });
  }

  // RFC 3261 §13.2.1.
  #build(): SipRequest {
    const { plan, remote, localTag } = this.#attempt;
    const texts = inviteTexts(plan, localTag);
    const secure = plan.uri.scheme === 'sips';
    const pairs: (readonly [string, string])[] = [];
    if (plan.proxy !== undefined) pairs.push(['Route', `<${formatSipUri(plan.proxy)}>`]);
    pairs.push(
      ['Max-Forwards', '70'],
      ['From', texts.from],
      ['To', texts.to],
      ['Call-ID', this.callId],
      ['CSeq', `${this.#seq} INVITE`],
      [
        'Contact',
        contactFor(this.#agent, plan.from.uri.user, { transport: remote.transport, secure }),
      ],
      ['Allow', this.#agent.allow],
      ['Supported', SUPPORTED.join(', ')],
      ...sessionHeaders(this.#sessionSec),
      ['User-Agent', this.#agent.userAgent],
      ...this.#auth.headers('INVITE', texts.uri, Buffer.from(this.#options.sdp)),
      ...plan.headers,
      ['Content-Type', 'application/sdp'],
    );
    return {
      kind: 'request',
      method: 'INVITE',
      uri: texts.uri,
      headers: SipHeaders.of(pairs),
      body: Buffer.from(this.#options.sdp),
    };
  }

  #onResponse(received: Received): void {
    this.#received = received;
    this.#stopPatience();
    const { response, envelope } = received;
    if (response.status < 200) {
      if (this.#isNews(received)) this.#input({ type: 'provisional' });
    } else if (response.status < 300) {
      this.#input({ type: 'success', known: this.#forks.has(envelope.toTag ?? '') });
    } else {
      const retry = this.#auth.learn(response, this.#answered) || this.#takesLonger(response);
      this.#input({ type: 'refused', retry });
    }
  }

  // The peer bears no session interval as short as ours: once more with its own, RFC 4028 §7.3.
  #takesLonger(response: SipResponse): boolean {
    const least = response.status === 422 ? (readMinSession(response) ?? 0) : 0;
    if (least <= this.#sessionSec) return false;
    this.#sessionSec = least;
    return true;
  }

  /** Acknowledges a reliable provisional response; false for one that came before: RFC 3262 §4. */
  #isNews({ response, envelope, source }: Received): boolean {
    const rseq = Number(response.headers.get('rseq') ?? Number.NaN);
    const invite = this.#transaction?.request;
    const isReliable = response.headers.list('require').includes('100rel');
    if (!isReliable || !(rseq > 0) || invite === undefined) return true;
    const tag = envelope.toTag ?? '';
    let early = this.#early.get(tag);
    if (early === undefined) {
      const state = callerDialog(invite, response, envelope);
      if (!state.ok) return true;
      early = new EarlyDialog(this.#agent, state.value, {
        auth: this.#auth,
        seen: source,
        bySource: this.#attempt.bySource,
      });
      this.#early.set(tag, early);
    }
    return early.acknowledge(rseq);
  }

  #tellProvisional(): void {
    const received = this.#received;
    if (received === undefined || received.response.status === 100) return;
    const { status, reason } = received.response;
    const sdp = sdpOf(received.response);
    if (sdp !== undefined) this.#earlySdp.set(received.envelope.toTag ?? '', sdp);
    try {
      this.#options.onProvisional?.({ status, reason, ...(sdp === undefined ? {} : { sdp }) });
    } catch (cause) {
      this.#agent.problem({ kind: 'handler', message: 'onProvisional threw', cause });
    }
  }

  #sendCancel(): void {
    if (this.#transaction === undefined) return;
    this.#agent.transactions.cancel(this.#transaction);
    // Without a final response in 64*T1 the call counts as canceled: RFC 3261 §9.1.
    this.#stopCancelTimer = this.#agent.clock.after(PATIENCE * this.#agent.timing.t1Ms, () => {
      this.#input({ type: 'cancel-expired' });
    });
  }

  #establish(): void {
    const made = this.#acknowledgeNew();
    const received = this.#received;
    if (made === undefined || received === undefined) {
      this.#resolve({ kind: 'failed', cause: 'malformed', message: '2xx makes no dialog' });
      return;
    }
    const { dialog } = made;
    // The answer may have come early, in a provisional of the same dialog: RFC 3261 §13.2.1.
    const sdp = sdpOf(received.response) ?? this.#earlySdp.get(received.envelope.toTag ?? '');
    const problem = made.problem ?? '2xx without SDP';
    if (sdp === undefined || made.problem !== undefined) {
      void dialog.terminate({ by: 'local', reason: problem });
      this.#resolve({ kind: 'failed', cause: 'malformed', message: problem });
      return;
    }
    dialog.remoteSdp = sdp;
    this.#resolve({ kind: 'answered', dialog, sdp });
  }

  /** The dialog of a 2xx, and what is wrong with it: then it is only good to be hung up. */
  #acknowledgeNew():
    { readonly dialog: LiveDialog; readonly problem: string | undefined } | undefined {
    const received = this.#received;
    const transaction = this.#transaction;
    if (received === undefined || transaction === undefined) return undefined;
    const { response, envelope, source } = received;
    const state = callerDialog(transaction.request, response, envelope);
    const problem = state.ok ? undefined : state.error.message;
    if (problem !== undefined) this.#agent.problem({ kind: 'malformed', message: problem });
    const usable = state.ok ? state.value : state.error.unrouted;
    if (usable === undefined) return undefined;
    const localSeq = this.#early.get(usable.remoteTag)?.localSeq ?? usable.localSeq;
    const dialog = new LiveDialog(this.#agent, {
      state: { ...usable, localSeq },
      caller: true,
      seen: source,
      bySource: this.#attempt.bySource,
      auth: this.#auth,
      contactUser: this.#attempt.plan.from.uri.user,
      secure: this.#attempt.plan.uri.scheme === 'sips',
    });
    this.#forks.set(usable.remoteTag, dialog);
    dialog.acknowledge(transaction.request);
    dialog.onAnswered(response, this.#options.sdp);
    return { dialog, problem };
  }

  #acknowledgeAgain(): void {
    const received = this.#received;
    const transaction = this.#transaction;
    if (received === undefined || transaction === undefined) return;
    this.#forks.get(received.envelope.toTag ?? '')?.acknowledge(transaction.request);
  }

  #endRefused(): void {
    const response = this.#received?.response;
    if (response === undefined) return;
    const { status, reason } = response;
    this.#resolve({ kind: 'refused', status, reason, response });
  }
}

/** What is said of a phone whose connection is gone. */
export const FLOW_CLOSED =
  'The connection by which the phone registered is closed. It can be called once it registers again';
const NO_FAILURE = { cause: 'transport', message: 'Not sent' } as const;
