import { formatSipUri, isPrivateHost, parseSipUri, redirectTargets } from '@tutti/sip';
import { refusal, type RequestError } from '../base/app-error.ts';
import type { VoiceContext } from './context.ts';
import { Leg, type DialOutcome, type DialTarget } from './leg.ts';
import { gatewayRoute, type Route } from './route.ts';

/** How long a gateway may be silent while there is another: three repetitions of the INVITE. */
const PATIENCE_MS = 4000;
/** Addresses one call is sent on to, all redirections together. */
const REDIRECTS_MAX = 5;

export interface Reached {
  readonly outcome: DialOutcome;
  /** What the account should hear of beside the outcome. */
  readonly alert: RequestError | undefined;
}

/** `headers`: of the call, whoever it is sent to. */
type Caller = Pick<DialTarget, 'from' | 'credentials' | 'headers' | 'onRinging' | 'signal'>;

/**
 * Dials a route: by the next gateway where one cannot be reached, and on to where a 3xx points (RFC 3261 §8.1.3.4).
 * What a callee has said is final: the next gateway would only ring them again. Never rejects.
 */
export async function reach(
  context: VoiceContext,
  to: string,
  route: Route,
  caller: Caller,
): Promise<Reached> {
  const { gateways, log } = context;
  const queue: Route[] = [route, ...(route.otherwise ?? [])];
  const tried = new Set<string>();
  const problems: string[] = [];
  let redirects = 0;
  for (;;) {
    const attempt = queue.shift() ?? route;
    tried.add(attempt.uri.toLowerCase());
    let rang = false;
    const outcome = await Leg.dial(context, {
      ...attempt,
      ...caller,
      headers: { ...attempt.headers, ...caller.headers },
      credentials:
        attempt.isForeign === true ? undefined : (caller.credentials ?? attempt.credentials),
      ...(queue.length > 0 ? { patienceMs: PATIENCE_MS } : {}),
      onRinging: () => {
        rang = true;
        caller.onRinging();
      },
    });
    const down = rang ? undefined : downProblem(outcome);
    const { gateway } = attempt;
    if (gateway !== undefined && outcome.kind !== 'canceled') {
      if (down === undefined) gateways.noteUp(gateway);
      else gateways.noteDown(gateway, down);
    }
    if (caller.signal.aborted) return { outcome, alert: undefined };
    if (isRedirect(outcome)) {
      const found = targetsOf(context, attempt, outcome, tried, REDIRECTS_MAX - redirects);
      redirects += found.routes.length;
      queue.unshift(...found.routes);
      if (found.routes.length > 0) continue;
      const peer = peerOf(attempt);
      return { outcome, alert: refusal('redirectFailed', { to, peer, problem: found.problem }) };
    }
    const mayGoOn = !rang && (down !== undefined || isPassing(outcome));
    if (mayGoOn) problems.push(`${peerOf(attempt)}: ${problemOf(outcome)}.`);
    if (!mayGoOn || queue.length === 0) {
      if (down === undefined || gateway === undefined) return { outcome, alert: undefined };
      const alert = refusal('sipUnreachable', {
        to,
        peer: problems.length > 1 ? 'every gateway of the trunk' : 'the trunk',
        problem: `${problems.join(' ')} Look at TUTTI_SIP_TRUNK and at the network between.`,
      });
      return { outcome, alert };
    }
    log.warn(
      { peer: peerOf(attempt), next: peerOf(queue[0] ?? route), problem: problemOf(outcome) },
      'call fails over',
    );
  }
}

/** What says of a gateway that it is down; undefined when it does its work. */
function downProblem(outcome: DialOutcome): string | undefined {
  if (outcome.kind === 'failed' && !outcome.badSdp) return outcome.problem;
  return outcome.kind === 'refused' && outcome.status === 503 ? problemOf(outcome) : undefined;
}

/** Refusals of this gateway that need not be the next one's: RFC 3261 §21.4.9, §21.5. */
function isPassing(outcome: DialOutcome): boolean {
  return outcome.kind === 'refused' && [408, 500, 502, 503, 504].includes(outcome.status);
}

type Refused = DialOutcome & { readonly kind: 'refused' };

function isRedirect(outcome: DialOutcome): outcome is Refused {
  return outcome.kind === 'refused' && outcome.status >= 300 && outcome.status < 400;
}

/**
 * Who may be called because a peer said so: not ourselves in a circle, nothing less secure than what was dialled, and
 * no private network that only we can reach. Our password goes to none but the peer itself and the trunk's gateways.
 */
function targetsOf(
  { config }: VoiceContext,
  from: Route,
  { status, reason, response }: Refused,
  tried: ReadonlySet<string>,
  room: number,
): { readonly routes: readonly Route[]; readonly problem: string } {
  const asked = parseSipUri(from.uri);
  const routes: Route[] = [];
  const problems: string[] = [];
  for (const uri of redirectTargets(response)) {
    const { headers: _headers, ...plain } = uri;
    const text = formatSipUri(plain);
    const host = uri.host.toLowerCase();
    const own = asked.ok && asked.value.host.toLowerCase() === host;
    const gateway = config.trunk?.gateways.find((each) => hostOf(each.uri) === host);
    if (tried.has(text.toLowerCase())) problems.push(`${text} was called already.`);
    else if (/^sips:/i.test(from.uri) && uri.scheme !== 'sips') {
      problems.push(`${text} is not secure as ${from.uri} is.`);
    } else if (
      isPrivateHost(host) &&
      !own &&
      gateway === undefined &&
      asked.ok &&
      !isPrivateHost(asked.value.host)
    ) {
      problems.push(
        `${text} is in a private network, where a peer of the internet may send nobody.`,
      );
    } else if (routes.length === room) problems.push(`More than ${REDIRECTS_MAX} redirections.`);
    else if (own) routes.push(sameTrust(from, text));
    else if (gateway !== undefined && from.gateway !== undefined) {
      routes.push({
        ...gatewayRoute(gateway, config.trunk?.proxy, ''),
        uri: text,
        headers: from.headers,
      });
    } else routes.push({ uri: text, headers: from.headers, isForeign: true });
  }
  const nothing = `Its ${status} ${reason} names no SIP URI in Contact.`;
  return { routes, problem: problems.length > 0 ? problems.join(' ') : nothing };
}

/** Another address of the peer that named it: what was for the one is for the other, but not the way to it. */
function sameTrust(
  { flow: _flow, also: _also, otherwise: _otherwise, ...from }: Route,
  uri: string,
): Route {
  return { ...from, uri };
}

function hostOf(uri: string): string | undefined {
  const parsed = parseSipUri(uri);
  return parsed.ok ? parsed.value.host.toLowerCase() : undefined;
}

function peerOf({ uri, gateway }: Route): string {
  return gateway?.uri ?? uri;
}

function problemOf(outcome: DialOutcome): string {
  if (outcome.kind === 'refused') return `${outcome.status} ${outcome.reason}`;
  return outcome.kind === 'failed' ? outcome.problem : outcome.kind;
}
