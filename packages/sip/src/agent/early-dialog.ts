import type { Authenticator } from '../digest/authenticator.ts';
import { isBehindNat } from '../transport/next-hop.ts';
import type { Source } from '../transport/transport.ts';
import type { Agent, Hop } from './agent.ts';
import { dialogRequest, type DialogState, nextHopUri } from './dialog-state.ts';
import { requestFinal } from './final-response.ts';

interface Options {
  readonly auth: Authenticator;
  /** Where the peer's message came from. */
  readonly seen: Source;
  /** Its Contact is not where it is reached, `seen` is. */
  readonly bySource: boolean;
}

/** One of the dialogs an INVITE of ours may make before it is answered: RFC 3262 §4. */
export class EarlyDialog {
  readonly #agent: Agent;
  readonly #state: DialogState;
  readonly #options: Options;
  /** CSeq number of the INVITE. */
  readonly #inviteSeq: number;
  #localSeq: number;
  #rseq: number | undefined;

  constructor(agent: Agent, state: DialogState, options: Options) {
    this.#agent = agent;
    this.#state = state;
    this.#options = options;
    this.#inviteSeq = state.localSeq;
    this.#localSeq = state.localSeq;
  }

  /** The last CSeq number that was used in it. */
  get localSeq(): number {
    return this.#localSeq;
  }

  /** Sends PRACK; false, and nothing is sent, for one that came before or is not the next. */
  acknowledge(rseq: number): boolean {
    if (this.#rseq !== undefined && rseq !== this.#rseq + 1) return false;
    this.#rseq = rseq;
    void requestFinal(this.#agent, () => this.#prack(rseq), this.#options.auth);
    return true;
  }

  #prack(rseq: number) {
    this.#localSeq += 1;
    const state = this.#state;
    const { auth, seen, bySource } = this.#options;
    const plain = dialogRequest(state, 'PRACK', { seq: this.#localSeq });
    const request = dialogRequest(state, 'PRACK', {
      seq: this.#localSeq,
      headers: [
        ['RAck', `${rseq} ${this.#inviteSeq} INVITE`],
        ['User-Agent', this.#agent.userAgent],
        ...auth.headers('PRACK', plain.uri),
      ],
    });
    const uri = nextHopUri(state);
    const hop: Hop =
      state.routes.length === 0 && (bySource || isBehindNat(uri, seen))
        ? { kind: 'remote', remote: seen }
        : { kind: 'uri', uri };
    return { request, hop };
  }
}
