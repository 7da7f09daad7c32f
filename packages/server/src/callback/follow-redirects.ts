import type { Outcome } from './exchange.ts';
import type { Parameters } from './signature.ts';
import { resolveTarget, type Target } from './target.ts';

/** One request of a chain. */
export interface Hop {
  readonly method: 'GET' | 'POST';
  readonly target: Target;
  readonly parameters: Parameters;
}

/** Twilio: errors 11215 */
const maxRedirects = 10;

const statuses: readonly number[] = [301, 302, 303, 307, 308];

/**
 * Sends `first` and what its answers redirect to, until one is no redirect. The outcome's target is the
 * last one asked; after too many redirects the first, which is the one to mend.
 */
export async function followRedirects(
  first: Hop,
  send: (hop: Hop) => Promise<Outcome>,
): Promise<{ readonly outcome: Outcome; readonly target: Target }> {
  let hop = first;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const outcome = await send(hop);
    const { target } = hop;
    if (!outcome.ok || Math.trunc(outcome.received.status / 100) !== 3) return { outcome, target };
    const next = nextHop(hop, outcome.received.status, outcome.received.headers['location']);
    if (typeof next === 'string') {
      const failure = { errorName: 'fetchBadRedirect', problem: next } as const;
      return { outcome: { ok: false, failure, received: outcome.received }, target };
    }
    hop = next;
  }
  const failure = { errorName: 'fetchRedirects', problem: String(maxRedirects) } as const;
  return { outcome: { ok: false, failure }, target: first.target };
}

/** The request that a redirect asks for, or what is wrong with the redirect. Twilio: errors 11216 */
function nextHop(hop: Hop, status: number, location: string | undefined): Hop | string {
  if (!statuses.includes(status)) return `the status ${status} leads nowhere`;
  if (location === undefined || location === '') return `the ${status} has no Location`;
  const resolved = resolveTarget(hop.target, decodeHeader(location));
  if (!resolved.ok) {
    return `the ${status} has a Location that cannot be followed. ${resolved.problem}`;
  }
  // RFC 9110 §15.4: 307 and 308 repeat the request; the others turn a POST into a GET without its form.
  const repeats = status === 307 || status === 308;
  if (repeats && hop.method === 'POST') return { ...hop, target: resolved.target };
  return { method: 'GET', target: resolved.target, parameters: {} };
}

/** Some servers write UTF-8 into headers, which Node reads as Latin-1. */
function decodeHeader(value: string): string {
  const utf8 = Buffer.from(value, 'latin1').toString('utf8');
  return utf8.includes('\ufffd') ? value : utf8;
}
