import type { SipClock } from '../clock.ts';
import { errorText, type SipProblem } from '../errors.ts';
import type { SipIds } from '../ids.ts';
import type { Envelope } from '../message/envelope.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import { formatVia, parseVia } from '../message/via.ts';
import {
  type Remote,
  remoteText,
  type Source,
  type TransportKind,
} from '../transport/transport.ts';
import { cancelFor, ClientTransaction, type ClientUser } from './client-transaction.ts';
import type { SipTiming } from './machine.ts';
import { ServerTransaction } from './server-transaction.ts';

/** Seconds a peer is asked to stay away when there are too many transactions. */
const RETRY_AFTER_SEC = 5;

/** What the layer needs of the network. */
interface MessageSender {
  send(message: SipMessage, to: Source): Promise<void>;
  respond(response: SipResponse, source: Source): Promise<void>;
  refuse(request: SipRequest, status: number, source: Source, retryAfterSec?: number): void;
}

/** The core above: it gets what no transaction claims. */
export interface TransactionUser {
  onRequest(transaction: ServerTransaction): void;
  /** An ACK for a 2xx, which is no transaction's: RFC 3261 §13.2.2.4. */
  onAck(request: SipRequest, envelope: Envelope): void;
  /** A response whose transaction is gone. */
  onStrayResponse(response: SipResponse, envelope: Envelope): void;
}

export interface TransactionLayerOptions {
  readonly sender: MessageSender;
  readonly clock: SipClock;
  readonly ids: SipIds;
  readonly timing: SipTiming;
  /** `host:port` for our Via. */
  readonly sentBy: (transport: TransportKind) => { readonly host: string; readonly port: number };
  /** Live transactions at which new requests are refused with 503. */
  readonly maxTransactions: number;
  /** Lets a request of that source begin, and is told by the function it gives when it is over. */
  readonly begin: (source: Source) => (() => void) | undefined;
  readonly user: TransactionUser;
  readonly onProblem: (problem: SipProblem) => void;
}

/** Matches messages with transactions: RFC 3261 §17.1.3, §17.2.3. */
export class TransactionLayer {
  readonly #options: TransactionLayerOptions;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  /** Requests outside dialogs by what stays the same over several paths, for merging. */
  readonly #merge = new Map<string, string>();
  #isOver = false;

  constructor(options: TransactionLayerOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#clients.size + this.#servers.size;
  }

  /** Everything was dropped: nothing more is to be asked of anybody. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Sends a request (without Via) in a transaction of its own. */
  request(request: SipRequest, remote: Remote, user: ClientUser): ClientTransaction {
    const branch = this.#options.ids.branch();
    return this.#begin(branch, this.#withVia(request, remote, branch), remote, user);
  }

  /** The request with a Via for that way, for an ACK, which is sent as it is: RFC 3261 §13.2.2.4. */
  prepare(request: SipRequest, remote: Remote): SipRequest {
    return this.#withVia(request, remote, this.#options.ids.branch());
  }

  /** Sends a prepared request outside any transaction. */
  sendAsIs(request: SipRequest, remote: Remote): void {
    this.#options.sender.send(request, remote).catch((cause: unknown) => {
      const message = errorText(cause);
      this.#options.onProblem({ kind: 'send-failed', message, remote: remoteText(remote), cause });
    });
  }

  /** Sends CANCEL for an INVITE of ours; its own outcome interests nobody. */
  cancel(invite: ClientTransaction): void {
    const branch = readBranch(invite.request);
    this.#begin(branch, cancelFor(invite.request), invite.remote, {
      onResponse: () => undefined,
      onFailure: () => undefined,
    });
  }

  /** Takes a message from the network. */
  receive(message: SipMessage, envelope: Envelope, source: Source): void {
    if (message.kind === 'request') this.#onRequest(message, envelope, source);
    else this.#onResponse(message, envelope, source);
  }

  /** Drops every transaction; who still waits for a response is told that none will come. */
  abandonAll(): void {
    this.#isOver = true;
    for (const transaction of this.#clients.values()) transaction.fail('The endpoint is closed');
    for (const transaction of this.#servers.values()) transaction.abandon();
  }

  #withVia(request: SipRequest, remote: Remote, branch: string): SipRequest {
    const via = formatVia({
      transport: remote.transport.toUpperCase(),
      ...this.#options.sentBy(remote.transport),
      // An empty rport asks for the response at the port we send from: RFC 3581 §3.
      params: new Map([
        ['branch', branch],
        ['rport', ''],
      ]),
    });
    return { ...request, headers: request.headers.prepend([['Via', via]]) };
  }

  #begin(branch: string, request: SipRequest, remote: Remote, user: ClientUser): ClientTransaction {
    const key = `${branch}|${request.method}`;
    const { sender, clock, timing } = this.#options;
    const transaction = new ClientTransaction({
      request,
      remote,
      config: { ...timing, reliable: remote.transport !== 'udp' },
      clock,
      user,
      send: (message, to) => sender.send(message, to),
      onTerminated: () => {
        this.#clients.delete(key);
      },
    });
    this.#clients.set(key, transaction);
    transaction.start();
    return transaction;
  }

  #onResponse(response: SipResponse, envelope: Envelope, source: Source): void {
    // More Vias than ours: it was meant for somebody else, RFC 3261 §8.1.3.3.
    if (response.headers.list('via').length > 1) return;
    const transaction = this.#clients.get(`${envelope.branch}|${envelope.seqMethod}`);
    if (transaction !== undefined) transaction.receive(response, envelope, source);
    else this.#options.user.onStrayResponse(response, envelope);
  }

  #onRequest(request: SipRequest, envelope: Envelope, source: Source): void {
    const { method } = request;
    const known = this.#servers.get(serverKey(request, envelope, method));
    if (method === 'ACK') {
      const invite = this.#servers.get(serverKey(request, envelope, 'INVITE'));
      if (invite === undefined) this.#options.user.onAck(request, envelope);
      else invite.receive('ack');
      return;
    }
    if (known !== undefined) {
      known.receive('request');
      return;
    }
    if (this.size >= this.#options.maxTransactions) {
      this.#options.onProblem({
        kind: 'overload',
        message: `${this.size} transactions: request refused`,
        remote: remoteText(source),
      });
      this.#options.sender.refuse(request, 503, source, RETRY_AFTER_SEC);
      return;
    }
    // The same request over another path: RFC 3261 §8.2.2.2.
    const merge =
      envelope.toTag === undefined && method !== 'CANCEL'
        ? `${envelope.fromTag}|${envelope.callId}|${envelope.seq}|${method}`
        : undefined;
    if (merge !== undefined && this.#merge.has(merge)) {
      this.#options.sender.refuse(request, 482, source);
      return;
    }
    const release = this.#options.begin(source);
    if (release === undefined) return;
    const transaction = this.#serve(request, envelope, source, () => {
      release();
      if (merge !== undefined) this.#merge.delete(merge);
    });
    if (merge !== undefined) this.#merge.set(merge, serverKey(request, envelope, method));
    if (method === 'CANCEL') this.#onCancel(transaction);
    else this.#options.user.onRequest(transaction);
  }

  #serve(
    request: SipRequest,
    envelope: Envelope,
    source: Source,
    onTerminated: () => void,
  ): ServerTransaction {
    const { sender, clock, timing, ids, user } = this.#options;
    const key = serverKey(request, envelope, request.method);
    const transaction = new ServerTransaction({
      request,
      envelope,
      source,
      localTag: ids.tag(),
      config: { ...timing, reliable: source.transport !== 'udp' },
      clock,
      send: async (response) => {
        try {
          await sender.respond(response, source);
        } catch (cause) {
          const message = errorText(cause);
          const remote = remoteText(source);
          this.#options.onProblem({ kind: 'send-failed', message, remote, cause });
          throw cause;
        }
      },
      onTerminated: () => {
        this.#servers.delete(key);
        onTerminated();
      },
      onAck: () => {
        user.onAck(request, envelope);
      },
    });
    this.#servers.set(key, transaction);
    return transaction;
  }

  // A CANCEL has the branch of what it cancels: RFC 3261 §9.2.
  #onCancel(cancel: ServerTransaction): void {
    const invite = this.#servers.get(serverKey(cancel.request, cancel.envelope, 'INVITE'));
    if (invite === undefined) {
      cancel.reply(481);
      return;
    }
    // Both responses have the same tag: RFC 3261 §9.2.
    cancel.reply(200, { toTag: invite.localTag });
    if (invite.pending) invite.user.onCancel?.(cancel.request);
  }
}

function readBranch(request: SipRequest): string {
  return parseVia(request.headers.get('via') ?? '')?.params.get('branch') ?? '';
}

const MAGIC_COOKIE = 'z9hG4bK';

function serverKey(request: SipRequest, envelope: Envelope, method: string): string {
  const { via, branch, fromTag, callId, seq } = envelope;
  // The cookie alone identifies nothing: such a peer is taken for one of RFC 2543.
  if (branch.startsWith(MAGIC_COOKIE) && branch.length > MAGIC_COOKIE.length) {
    return `${branch}|${via.host}:${via.port ?? ''}|${method}`;
  }
  // Peers of RFC 2543: RFC 3261 §17.2.3. The To tag is left out, as only the ACK has it.
  const top = request.headers.list('via')[0] ?? '';
  return `${request.uri}|${fromTag}|${callId}|${seq}|${top}|${method}`;
}
