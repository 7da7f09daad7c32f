import type { Authenticator } from '../digest/authenticator.ts';
import { SipCallError } from '../errors.ts';
import { randomMs } from '../ids.ts';
import { sdpOf, type SipMessage, type SipRequest, type SipResponse } from '../message/message.ts';
import { PATIENCE } from '../transaction/machine.ts';
import { type Agent, type Hop, sendRequest, SUPPORTED } from './agent.ts';
import type { DialogEnd } from './call-dialog.ts';
import { SESSION_SEC, sessionHeaders } from './session-timer.ts';

/** How often a glare is tried again before it is given up. */
const MAX_GLARES = 4;

/** What a dialog shows to its re-INVITE. */
export interface OfferingDialog {
  readonly auth: Authenticator;
  /** True when we sent the INVITE that made it. */
  readonly caller: boolean;
  readonly over: boolean;
  /** Resolves when no 2xx of ours waits for its ACK. */
  readonly answered: Promise<void>;
  readonly contact: string;
  readonly hop: Hop;
  readonly ended: Promise<DialogEnd>;
  /** True while a re-INVITE is under way, its waits included. */
  offering: boolean;
  /** True between our offer and the final response. */
  awaitingAnswer: boolean;
  remoteSdp: string | undefined;
  nextSeq(): number;
  build(
    method: string,
    seq: number,
    content: {
      readonly headers: readonly (readonly [string, string])[];
      readonly body: Uint8Array;
    },
  ): SipRequest;
  acknowledge(invite: SipRequest): void;
  refreshTarget(message: SipMessage): void;
  onAnswered(response: SipResponse): void;
  terminate(end: DialogEnd): Promise<void>;
}

type Outcome =
  | { readonly kind: 'answer'; readonly sdp: string }
  | { readonly kind: 'refused'; readonly response: SipResponse }
  | { readonly kind: 'failed'; readonly error: SipCallError };

/** Sends a re-INVITE and sees it through challenges and glare: RFC 3261 §14.1. */
export async function offerAgain(
  agent: Agent,
  dialog: OfferingDialog,
  sdp: string,
): Promise<string> {
  if (dialog.over) throw new SipCallError('ended', 'The call has ended');
  if (dialog.offering) throw new SipCallError('state', 'Another offer is under way');
  dialog.offering = true;
  try {
    const answered = new Set<string>();
    for (let glares = 0; ;) {
      // Not before our own 2xx is acknowledged: RFC 3261 §14.1.
      await dialog.answered;
      if (dialog.over) throw new SipCallError('ended', 'The call has ended');
      dialog.awaitingAnswer = true;
      const outcome = await attempt(agent, dialog, sdp);
      dialog.awaitingAnswer = false;
      if (outcome.kind === 'answer') return outcome.sdp;
      if (outcome.kind === 'failed') throw outcome.error;
      const { response } = outcome;
      if (dialog.auth.learn(response, answered)) continue;
      if (response.status !== 491 || glares === MAX_GLARES) throw refusal(dialog, response);
      glares += 1;
      await glareWait(agent, dialog);
    }
  } finally {
    dialog.offering = false;
  }
}

// 2.1 to 4 s for who chose the Call-ID, 0 to 2 s for the other: RFC 3261 §14.1.
async function glareWait(agent: Agent, dialog: OfferingDialog): Promise<void> {
  const ms = dialog.caller ? randomMs(2100, 4000) : randomMs(10, 2000);
  let stop = (): void => undefined;
  const waited = new Promise<void>((resolve) => {
    stop = agent.clock.after(ms, resolve);
  });
  await Promise.race([waited, dialog.ended]);
  stop();
}

function attempt(agent: Agent, dialog: OfferingDialog, sdp: string): Promise<Outcome> {
  const seq = dialog.nextSeq();
  const sent = dialog.build('INVITE', seq, {
    headers: [
      ['Contact', dialog.contact],
      ['Allow', agent.allow],
      ['Supported', SUPPORTED.join(', ')],
      ...sessionHeaders(SESSION_SEC),
      ['Content-Type', 'application/sdp'],
    ],
    body: Buffer.from(sdp),
  });
  return new Promise((resolve) => {
    let isOpen = true;
    const failed = (code: 'ended' | 'timeout' | 'transport' | 'malformed', text: string): void => {
      resolve({ kind: 'failed', error: new SipCallError(code, text) });
    };
    const sending = sendRequest(agent, sent, dialog.hop, {
      onResponse: (response) => {
        if (response.status < 200) return;
        isOpen = false;
        if (response.status >= 300) {
          resolve({ kind: 'refused', response });
          return;
        }
        dialog.refreshTarget(response);
        dialog.onAnswered(response);
        dialog.acknowledge(sent);
        const answer = sdpOf(response);
        if (answer === undefined) {
          failed('malformed', '2xx without SDP');
          return;
        }
        dialog.remoteSdp = answer;
        resolve({ kind: 'answer', sdp: answer });
      },
      onFailure: (cause, text) => {
        isOpen = false;
        failed(cause, text);
        // No response at all means the peer is gone: RFC 3261 §12.2.1.2.
        void dialog.terminate({ by: 'timeout', reason: text });
      },
    });
    void dialog.ended.then(async () => {
      failed('ended', 'The call has ended');
      const transaction = await sending;
      // A 2xx that crossed the BYE is acknowledged; a peer that has said 100 may never say more.
      if (isOpen) agent.clock.after(PATIENCE * agent.timing.t1Ms, () => transaction?.abandon());
    });
  });
}

function refusal(dialog: OfferingDialog, response: SipResponse): SipCallError {
  const { status, reason } = response;
  // RFC 3261 §12.2.1.2: after these the dialog is over as well.
  if (status === 481 || status === 408) {
    void dialog.terminate({ by: 'timeout', reason: `${status} ${reason}` });
  }
  return new SipCallError('refused', `Re-INVITE refused: ${status} ${reason}`, { status });
}
