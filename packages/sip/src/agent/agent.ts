import type { SipClock } from '../clock.ts';
import { type SipProblem, SipTransportError } from '../errors.ts';
import type { SipIds } from '../ids.ts';
import type { Envelope } from '../message/envelope.ts';
import type { SipRequest } from '../message/message.ts';
import { formatSipUri, type SipUri } from '../message/uri.ts';
import type { ClientTransaction, ClientUser } from '../transaction/client-transaction.ts';
import type { SipTiming } from '../transaction/machine.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import type { TransactionLayer } from '../transaction/transaction-layer.ts';
import { resolveServers, transportOf } from '../transport/next-hop.ts';
import type { Remote, Source, TransportKind } from '../transport/transport.ts';

/** A live dialog as the router sees it. */
export interface DialogPeer {
  onRequest(transaction: ServerTransaction): void;
  onAck(request: SipRequest, envelope: Envelope): void;
  /** A 2xx came again after its transaction had ended. */
  onLateAnswer(seq: number): void;
  /** Ends it without a word to the peer. */
  drop(): void;
  bye(): Promise<void>;
}

/** Something the endpoint closes with itself: a call being set up, a registration. */
export interface Closeable {
  close(): Promise<void>;
}

/** The extensions we understand, for Supported and Require. */
export const SUPPORTED: readonly string[] = ['100rel', 'timer', 'norefersub'];

/** What the parts of the user agent share. */
export interface Agent {
  readonly clock: SipClock;
  readonly ids: SipIds;
  readonly timing: SipTiming;
  readonly userAgent: string;
  /** The methods answered here, for Allow. */
  readonly allow: string;
  readonly transactions: TransactionLayer;
  readonly dialogs: Map<string, DialogPeer>;
  readonly open: Set<Closeable>;
  /** The address family our socket can send to; 0 for any. */
  readonly family: 0 | 4;
  /** Where we can be reached by that transport. */
  readonly address: (transport: TransportKind) => { readonly host: string; readonly port: number };
  /** Whether the stream a message came by is still there. */
  readonly isConnected: (source: Source) => boolean;
  /** Calls the listener when that stream closes, until stopped; never for datagrams. */
  readonly onStreamClosed: (source: Source, listener: () => void) => () => void;
  readonly problem: (problem: SipProblem) => void;
}

/** Our Contact; a `sips` one where the peer was asked by such a URI: RFC 3261 §8.1.1.8. */
export function contactFor(
  agent: Agent,
  user: string | undefined,
  way: { readonly transport: TransportKind; readonly secure: boolean },
): string {
  const { transport, secure } = way;
  const { host, port } = agent.address(transport);
  const uri = formatSipUri({
    scheme: secure ? 'sips' : 'sip',
    ...(user === undefined ? {} : { user }),
    host,
    port,
    params: new Map(transport === 'udp' || secure ? [] : [['transport', transport]]),
  });
  return `<${uri}>`;
}

/** Where a request goes: a URI still to be resolved, or an address already known. */
export type Hop =
  | { readonly kind: 'uri'; readonly uri: SipUri }
  | { readonly kind: 'remote'; readonly remote: Source };

export function hopTransport(hop: Hop): TransportKind {
  return hop.kind === 'remote' ? hop.remote.transport : (transportOf(hop.uri) ?? 'udp');
}

/** How long a server may be silent while there is another: three repetitions of the request. */
export const PATIENCE_MS = 4000;

/** The servers there, in the order in which they are to be tried; never empty. @throws SipTransportError */
export async function resolveHops(agent: Agent, hop: Hop): Promise<readonly Source[]> {
  return hop.kind === 'remote' ? [hop.remote] : resolveServers(hop.uri, agent.family);
}

/** The first of the servers there. @throws SipTransportError */
export async function resolveHop(agent: Agent, hop: Hop): Promise<Source> {
  const [first] = await resolveHops(agent, hop);
  if (first === undefined) throw new SipTransportError('No address', { code: 'ENOTFOUND' });
  return first;
}

/** Resolves and sends; a hop that cannot be resolved is the user's `onFailure`. */
export async function sendRequest(
  agent: Agent,
  request: SipRequest,
  hop: Hop,
  user: ClientUser,
): Promise<ClientTransaction | undefined> {
  let remote: Remote;
  try {
    remote = await resolveHop(agent, hop);
  } catch (error) {
    user.onFailure('transport', error instanceof Error ? error.message : String(error));
    return undefined;
  }
  return agent.transactions.request(request, remote, user);
}
