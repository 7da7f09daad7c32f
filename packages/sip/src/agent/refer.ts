import { SipCallError } from '../errors.ts';
import { bodyText, type SipRequest } from '../message/message.ts';
import { parseNameAddr } from '../message/name-addr.ts';
import { formatSipUri, parseSipUri } from '../message/uri.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import type { Agent } from './agent.ts';

/** What the peer we sent elsewhere tells of its call there: RFC 3515 §2.4.5. */
export interface ReferProgress {
  readonly status: number;
  readonly reason: string;
}

/** The peer asks us to call somebody else: RFC 3515 §2.4.2. To be accepted or rejected once. */
export interface IncomingRefer {
  readonly request: SipRequest;
  /** The URI of Refer-To, headers such as Replaces included. */
  readonly target: string;
  /** Answers 202, and tells that it is being tried, unless the peer wants to be told nothing. */
  accept(): ReferNotifier;
  reject(status: number): void;
}

/** Tells the peer how its wish goes on. */
export interface ReferNotifier {
  /**
   * Resolves once the peer has heard it, or cannot be reached. From 200 on nothing more is told; without effect then,
   * and once the dialog is over.
   */
  readonly notify: (status: number, reason: string) => Promise<void>;
}

/** How long a peer may take to tell the outcome; Refer's default life is of that order: RFC 3515 §2.4.4. */
const REFER_PATIENCE_MS = 180_000;

/** A REFER of ours that waits for its outcome. */
export class PendingRefer {
  readonly result: Promise<ReferProgress>;
  readonly #onProgress: (progress: ReferProgress) => void;
  #resolve: (progress: ReferProgress) => void = () => undefined;
  #reject: (error: SipCallError) => void = () => undefined;
  readonly #stop: () => void;
  #latest: ReferProgress | undefined;

  constructor(agent: Agent, onProgress: (progress: ReferProgress) => void) {
    this.#onProgress = onProgress;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#stop = agent.clock.after(REFER_PATIENCE_MS, () => {
      this.fail(new SipCallError('timeout', 'The peer did not tell the outcome of REFER'));
    });
  }

  /** Takes a NOTIFY; true when it was the last. */
  onNotify(notify: SipRequest): boolean {
    const match = /^SIP\/2\.0 ([1-6]\d\d)(?: ([^\r\n]*))?/i.exec(bodyText(notify));
    if (match !== null) {
      this.#latest = { status: Number(match[1]), reason: match[2] ?? '' };
      this.#onProgress(this.#latest);
    }
    const over = /^\s*terminated/i.test(notify.headers.get('subscription-state') ?? '');
    if (!over && (this.#latest === undefined || this.#latest.status < 200)) return false;
    this.#stop();
    if (this.#latest === undefined) {
      this.fail(new SipCallError('malformed', 'The peer told no outcome of REFER'));
    } else this.#resolve(this.#latest);
    return true;
  }

  fail(error: SipCallError): void {
    this.#stop();
    this.#reject(error);
  }
}

/** Reads a REFER, whose NOTIFYs go out by `send`; `undefined` when it does not say where to. */
export function openRefer(
  transaction: ServerTransaction,
  send: (headers: readonly (readonly [string, string])[], body: string) => Promise<void>,
): IncomingRefer | undefined {
  const { request, envelope } = transaction;
  const lines = request.headers.getAll('refer-to');
  const address = parseNameAddr(lines[0] ?? '');
  // RFC 3515 §2.4.1: exactly one.
  if (lines.length !== 1 || !address.ok) return undefined;
  // RFC 4488 §4: such a peer wants to hear no more than the 202.
  const isSilent = /^\s*false\s*(?:;|$)/i.test(request.headers.get('refer-sub') ?? '');
  let isOver = isSilent;
  let latest: Promise<void> = Promise.resolve();
  const notify = (status: number, reason: string): Promise<void> => {
    if (isOver) return latest;
    isOver = status >= 200;
    const state = isOver ? 'terminated;reason=noresource' : 'active;expires=180';
    // One after another: over a stream a peer may have to read two at once, and over UDP they may overtake each other.
    latest = latest.then(() =>
      send(
        [
          ['Event', `refer;id=${envelope.seq}`],
          ['Subscription-State', state],
          ['Content-Type', 'message/sipfrag;version=2.0'],
        ],
        `SIP/2.0 ${status} ${reason}\r\n`,
      ),
    );
    return latest;
  };
  return {
    request,
    target: formatSipUri(address.value.uri),
    accept: () => {
      transaction.reply(202, { headers: isSilent ? [['Refer-Sub', 'false']] : [] });
      void notify(100, 'Trying');
      return { notify };
    },
    reject: (status) => {
      transaction.reply(status);
    },
  };
}

/** @throws TypeError when it is no URI. */
export function referTarget(target: string): string {
  const uri = parseSipUri(target);
  if (!uri.ok) throw new TypeError(uri.error.message);
  return `<${formatSipUri(uri.value)}>`;
}
