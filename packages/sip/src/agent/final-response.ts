import type { Authenticator } from '../digest/authenticator.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Source } from '../transport/transport.ts';
import { type Agent, type Hop, sendRequest } from './agent.ts';

export type FinalOutcome =
  | { readonly kind: 'response'; readonly response: SipResponse; readonly source: Source }
  | {
      readonly kind: 'failed';
      readonly cause: 'timeout' | 'transport';
      readonly message: string;
    };

/**
 * Sends a non-INVITE request and waits for its final response, answering challenges on the way.
 * `build` is called for each attempt and must take a new CSeq: RFC 3261 §22.2.
 */
export async function requestFinal(
  agent: Agent,
  build: () => { readonly request: SipRequest; readonly hop: Hop },
  auth: Authenticator,
): Promise<FinalOutcome> {
  const answered = new Set<string>();
  for (;;) {
    const { request, hop } = build();
    const outcome = await once(agent, request, hop);
    if (outcome.kind === 'failed' || !auth.learn(outcome.response, answered)) return outcome;
  }
}

function once(agent: Agent, request: SipRequest, hop: Hop): Promise<FinalOutcome> {
  return new Promise((resolve) => {
    void sendRequest(agent, request, hop, {
      onResponse: (response, _envelope, source) => {
        if (response.status >= 200) resolve({ kind: 'response', response, source });
      },
      onFailure: (cause, message) => {
        resolve({ kind: 'failed', cause, message });
      },
    });
  });
}
