import { errorText } from '../errors.ts';
import { isBehindNat, isSeenElsewhere, resolveServers } from '../transport/next-hop.ts';
import { remoteText, type Source } from '../transport/transport.ts';
import { type Agent, type Closeable, PATIENCE_MS } from './agent.ts';
import { type InviteOptions, type InvitePlan, planInvite } from './invite-options.ts';
import {
  FLOW_CLOSED,
  LiveOutgoingCall,
  type OutgoingCall,
  type OutgoingResult,
} from './outgoing-call.ts';

/**
 * A call to one URI: of the servers that DNS names, the next is tried where one cannot be reached, is silent or answers
 * 503, with the same Call-ID and tag. RFC 3263 §4.3. One that has told of ringing has the last word.
 */
export class PlacedCall implements OutgoingCall, Closeable {
  readonly callId: string;
  readonly result: Promise<OutgoingResult>;
  readonly #agent: Agent;
  readonly #options: InviteOptions;
  readonly #localTag: string;
  #isCanceled = false;
  /** The phone is called at its Contact, as the connection that it registered by is gone. */
  #flowIsClosed = false;
  #attempt: LiveOutgoingCall | undefined;
  #cancelSearch: (result: OutgoingResult) => void = () => undefined;

  /** @throws TypeError when a value would inject a header. */
  constructor(agent: Agent, options: InviteOptions) {
    const plan = planInvite(options);
    this.#agent = agent;
    this.#options = options;
    this.callId = agent.ids.callId();
    this.#localTag = agent.ids.tag();
    if (!plan.ok) {
      const failed = { kind: 'failed', cause: 'malformed', message: plan.error.message } as const;
      this.result = Promise.resolve(failed);
      return;
    }
    agent.open.add(this);
    const searchCanceled = new Promise<OutgoingResult>((resolve) => {
      this.#cancelSearch = resolve;
    });
    this.result = Promise.race([this.#place(plan.value), searchCanceled]).finally(() => {
      agent.open.delete(this);
    });
  }

  cancel(): void {
    this.#isCanceled = true;
    if (this.#attempt === undefined) this.#cancelSearch({ kind: 'canceled' });
    else this.#attempt.cancel();
  }

  async close(): Promise<void> {
    this.cancel();
    const result = await this.result;
    if (result.kind === 'answered') await result.dialog.bye();
  }

  async #place(plan: InvitePlan): Promise<OutgoingResult> {
    let ways: readonly Way[];
    try {
      ways = await this.#waysTo(plan);
      if (ways.length === 0) return { kind: 'failed', cause: 'flow', message: FLOW_CLOSED };
    } catch (cause) {
      return { kind: 'failed', cause: 'transport', message: errorText(cause) };
    }
    const problems: string[] = [];
    for (const [index, way] of ways.entries()) {
      if (this.#isCanceled) return { kind: 'canceled' };
      const isLast = index === ways.length - 1;
      const { result, hasRung } = await this.#try(plan, way, isLast);
      if (hasRung || !isPassing(result)) return result;
      const remote = remoteText(way.remote);
      const problem = problemOf(result);
      problems.push(`${remote}: ${problem}`);
      if (!isLast) {
        const message = `INVITE goes on to the next server: ${problem}`;
        this.#agent.problem({ kind: 'connection', message, remote });
      } else if (result.kind === 'failed') {
        if (this.#flowIsClosed) problems.unshift(FLOW_CLOSED);
        const cause = this.#flowIsClosed ? 'flow' : result.cause;
        return {
          kind: 'failed',
          cause,
          message: problems.length > 1 ? problems.join('. ') : problem,
        };
      } else return result;
    }
    throw new Error('a call without a way to its callee');
  }

  async #try(
    plan: InvitePlan,
    way: Way,
    isLast: boolean,
  ): Promise<{ readonly result: OutgoingResult; readonly hasRung: boolean }> {
    const options = this.#options;
    const isPatient = isLast && !this.#flowIsClosed;
    const patienceMs = options.patienceMs ?? (isPatient ? undefined : PATIENCE_MS);
    let hasRung = false;
    const attempt = new LiveOutgoingCall(
      this.#agent,
      {
        ...options,
        ...(patienceMs === undefined ? {} : { patienceMs }),
        onProvisional: (response) => {
          hasRung = true;
          options.onProvisional?.(response);
        },
      },
      { plan, ...way, callId: this.callId, localTag: this.#localTag },
    );
    this.#attempt = attempt;
    return { result: await attempt.result, hasRung };
  }

  // A phone behind NAT, or on a connection of its own making, is reached the way it came: RFC 5626 §5.3.
  async #waysTo(plan: InvitePlan): Promise<readonly Way[]> {
    const { flow } = this.#options;
    const uri = plan.proxy ?? plan.uri;
    if (flow !== undefined) {
      const isTaken =
        flow.connection === undefined ? isSeenElsewhere(uri, flow) : this.#agent.isConnected(flow);
      if (isTaken) return [{ remote: flow, bySource: flow.transport === 'udp' }];
      this.#flowIsClosed = flow.connection !== undefined;
      if (this.#flowIsClosed && isBehindNat(uri, flow)) return [];
    }
    const servers = await resolveServers(uri, this.#agent.family);
    return servers.map((remote) => ({ remote, bySource: false }));
  }
}

interface Way {
  readonly remote: Source;
  /** It goes where the phone was seen, as what follows does. */
  readonly bySource: boolean;
}

function isPassing(result: OutgoingResult): boolean {
  if (result.kind === 'refused') return result.status === 503;
  return result.kind === 'failed' && result.cause !== 'malformed';
}

function problemOf(result: OutgoingResult): string {
  if (result.kind === 'refused') return `${result.status} ${result.reason}`;
  return result.kind === 'failed' ? result.message : result.kind;
}
