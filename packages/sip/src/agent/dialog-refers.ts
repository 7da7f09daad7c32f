import type { Authenticator } from '../digest/authenticator.ts';
import { SipCallError } from '../errors.ts';
import type { SipRequest } from '../message/message.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import type { Agent, Hop } from './agent.ts';
import { type FinalOutcome, requestFinal } from './final-response.ts';
import {
  type IncomingRefer,
  openRefer,
  PendingRefer,
  type ReferProgress,
  referTarget,
} from './refer.ts';

type HeaderPairs = readonly (readonly [string, string])[];

/** What a dialog shows to its REFERs. */
export interface ReferringDialog {
  readonly over: boolean;
  readonly auth: Authenticator;
  readonly contact: string;
  readonly hop: Hop;
  nextSeq(): number;
  build(
    method: string,
    seq: number,
    content: { readonly headers: HeaderPairs; readonly body?: Uint8Array },
  ): SipRequest;
}

/** The REFERs of one dialog, ours and the peer's: RFC 3515. */
export class DialogRefers {
  readonly #agent: Agent;
  readonly #dialog: ReferringDialog;
  #handler: ((refer: IncomingRefer) => void) | undefined;
  #pending: PendingRefer | undefined;

  constructor(agent: Agent, dialog: ReferringDialog) {
    this.#agent = agent;
    this.#dialog = dialog;
  }

  setHandler(handler: (refer: IncomingRefer) => void): void {
    this.#handler = handler;
  }

  async refer(
    target: string,
    onProgress: (progress: ReferProgress) => void = () => undefined,
  ): Promise<ReferProgress> {
    const referTo = referTarget(target);
    if (this.#dialog.over) throw new SipCallError('ended', 'The call has ended');
    if (this.#pending !== undefined) throw new SipCallError('state', 'Another REFER is under way');
    // The first NOTIFY may overtake the 202.
    const pending = new PendingRefer(this.#agent, onProgress);
    this.#pending = pending;
    void this.#send('REFER', [['Refer-To', referTo]]).then((outcome) => {
      if (outcome.kind === 'failed') pending.fail(new SipCallError(outcome.cause, outcome.message));
      else if (outcome.response.status >= 300) {
        const { status, reason } = outcome.response;
        pending.fail(new SipCallError('refused', `REFER refused: ${status} ${reason}`, { status }));
      }
    });
    try {
      return await pending.result;
    } finally {
      this.#pending = undefined;
    }
  }

  onRefer(transaction: ServerTransaction): void {
    const refer = openRefer(transaction, async (headers, body) => {
      if (!this.#dialog.over) await this.#send('NOTIFY', headers, body);
    });
    if (refer === undefined) {
      transaction.reply(400, { reason: 'Refer-To missing or malformed' });
      return;
    }
    const handler = this.#handler;
    if (handler === undefined) transaction.reply(603);
    else if (!this.#guard(() => handler(refer))) transaction.reply(500);
  }

  onNotify(transaction: ServerTransaction): void {
    const { request } = transaction;
    const isOurs = /^\s*refer\s*(?:;|$)/i.test(request.headers.get('event') ?? '');
    if (!isOurs || this.#pending === undefined) {
      // RFC 6665 §8.3.2: the refusal names what is understood.
      if (isOurs) transaction.reply(481);
      else transaction.reply(489, { headers: [['Allow-Events', 'refer']] });
      return;
    }
    transaction.reply(200);
    this.#guard(() => this.#pending?.onNotify(request));
  }

  /** The dialog is over. */
  end(): void {
    this.#pending?.fail(new SipCallError('ended', 'The call has ended'));
  }

  #send(method: string, headers: HeaderPairs, body?: string): Promise<FinalOutcome> {
    const dialog = this.#dialog;
    return requestFinal(
      this.#agent,
      () => ({
        request: dialog.build(method, dialog.nextSeq(), {
          headers: [['Contact', dialog.contact], ...headers],
          ...(body === undefined ? {} : { body: Buffer.from(body) }),
        }),
        hop: dialog.hop,
      }),
      dialog.auth,
    );
  }

  #guard(call: () => void): boolean {
    try {
      call();
      return true;
    } catch (cause) {
      this.#agent.problem({ kind: 'handler', message: 'A REFER handler threw', cause });
      return false;
    }
  }
}
