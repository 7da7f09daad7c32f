import type { Authenticator } from '../digest/authenticator.ts';
import { errorText } from '../errors.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { remoteText, type Source } from '../transport/transport.ts';
import { type Agent, type Hop, PATIENCE_MS, resolveHops } from './agent.ts';

export type FinalOutcome =
  | { readonly kind: 'response'; readonly response: SipResponse; readonly source: Source }
  | {
      readonly kind: 'failed';
      readonly cause: 'timeout' | 'transport';
      readonly message: string;
    };

interface Attempt {
  readonly request: SipRequest;
  readonly hop: Hop;
}

/**
 * Sends a non-INVITE request and waits for its final response, answering challenges on the way, and
 * going on to the next server of a domain where one cannot be reached, is silent or answers 503:
 * RFC 3263 §4.3. `build` is called for each challenge and must take a new CSeq: RFC 3261 §22.2.
 */
export async function requestFinal(
  agent: Agent,
  build: () => Attempt,
  auth: Authenticator,
): Promise<FinalOutcome> {
  const answered = new Set<string>();
  let servers: readonly Source[] | undefined;
  for (;;) {
    const { request, hop } = build();
    try {
      servers ??= await resolveHops(agent, hop);
    } catch (cause) {
      return { kind: 'failed', cause: 'transport', message: errorText(cause) };
    }
    const { outcome, left } = await offer(agent, request, servers);
    if (outcome.kind === 'failed' || !auth.learn(outcome.response, answered)) return outcome;
    // Whoever asks who we are is told, and not those before it that do not serve.
    servers = left;
  }
}

/** What the first that serves says, and the servers from it on. */
async function offer(
  agent: Agent,
  request: SipRequest,
  servers: readonly Source[],
): Promise<{ readonly outcome: FinalOutcome; readonly left: readonly Source[] }> {
  for (let left = servers; ; left = left.slice(1)) {
    const [remote, ...others] = left;
    if (remote === undefined) throw new Error('a request without a server');
    const isLast = others.length === 0;
    const outcome = await once(agent, request, remote, isLast ? undefined : PATIENCE_MS);
    const problem = problemOf(outcome);
    if (isLast || problem === undefined || agent.transactions.isOver) return { outcome, left };
    agent.problem({
      kind: 'connection',
      message: `${request.method} goes on to the next server: ${problem}`,
      remote: remoteText(remote),
    });
  }
}

/** Why another server is asked; undefined when this one has served. */
function problemOf(outcome: FinalOutcome): string | undefined {
  if (outcome.kind === 'failed') return outcome.message;
  const { status, reason } = outcome.response;
  return status === 503 ? `${status} ${reason}` : undefined;
}

function once(
  agent: Agent,
  request: SipRequest,
  remote: Source,
  patienceMs: number | undefined,
): Promise<FinalOutcome> {
  return new Promise((resolve) => {
    let stopPatience: () => void = () => undefined;
    const transaction = agent.transactions.request(request, remote, {
      onResponse: (response, _envelope, source) => {
        stopPatience();
        if (response.status >= 200) resolve({ kind: 'response', response, source });
      },
      onFailure: (cause, message) => {
        stopPatience();
        resolve({ kind: 'failed', cause, message });
      },
    });
    if (patienceMs === undefined) return;
    stopPatience = agent.clock.after(patienceMs, () => {
      transaction.abandon();
      const message = `No response in ${patienceMs / 1000} s`;
      resolve({ kind: 'failed', cause: 'timeout', message });
    });
  });
}
