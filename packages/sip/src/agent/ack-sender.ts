import type { SipRequest } from '../message/message.ts';
import { type Agent, type Hop, resolveHop } from './agent.ts';
import { dialogRequest, type DialogState } from './dialog-state.ts';

/** Sends the ACK of a dialog's newest 2xx, and the very same one each time the 2xx comes again. */
export class AckSender {
  readonly #agent: Agent;
  #seq: number | undefined;
  #send: () => Promise<void> = () => Promise.resolve();
  #sent: Promise<void> = Promise.resolve();

  constructor(agent: Agent) {
    this.#agent = agent;
  }

  /** Resolves when the first ACK was handed to the network, or there is none. */
  get sent(): Promise<void> {
    return this.#sent;
  }

  /** Acknowledges the 2xx to that INVITE: RFC 3261 §13.2.2.4. */
  acknowledge(state: DialogState, invite: SipRequest, hop: Hop): void {
    const seq = Number.parseInt(invite.headers.get('cseq') ?? '', 10);
    if (this.#seq === seq) {
      void this.#send();
      return;
    }
    const { transactions } = this.#agent;
    const request = dialogRequest(state, 'ACK', { seq, headers: credentialsOf(invite) });
    const prepared = resolveHop(this.#agent, hop).then(
      (remote) => ({ remote, request: transactions.prepare(request, remote) }),
      (cause: unknown) => {
        this.#agent.problem({ kind: 'send-failed', message: 'ACK not sent', cause });
        return undefined;
      },
    );
    this.#seq = seq;
    this.#send = async () => {
      const ready = await prepared;
      if (ready !== undefined) transactions.sendAsIs(ready.request, ready.remote);
    };
    this.#sent = this.#send();
  }

  /** A 2xx with that CSeq came once more. */
  again(seq: number): void {
    if (this.#seq === seq) void this.#send();
  }
}

// An ACK cannot be challenged: it repeats what the INVITE was let in with, RFC 3261 §22.1.
function credentialsOf(invite: SipRequest): readonly (readonly [string, string])[] {
  return invite.headers
    .entries()
    .filter(([name]) => name === 'Authorization' || name === 'Proxy-Authorization');
}
