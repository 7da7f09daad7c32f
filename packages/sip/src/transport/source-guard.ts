import type { SipClock } from '../clock.ts';
import type { SipProblem } from '../errors.ts';
import { type Remote, remoteText } from './transport.ts';

/** What one address may do; what is beyond is dropped without an answer. */
export interface SourceLimits {
  /** Messages a second, with twice as many at once; default 5000. */
  readonly messagesPerSec?: number;
  /** Malformed messages in ten seconds that are answered and told of; default 100. */
  readonly malformedPerWindow?: number;
  /** Requests under way, those included that wait for being repeated; default 5000. */
  readonly transactions?: number;
}

/** What was dropped since the start, by the limit it was beyond. */
export interface DroppedCounts {
  readonly rate: number;
  readonly malformed: number;
  readonly transactions: number;
}

type Limit = keyof DroppedCounts;

interface Entry {
  tokens: number;
  filledAt: number;
  malformed: number;
  transactions: number;
  windowAt: number;
  /** Limits that were told of in this window. */
  told: Set<Limit>;
}

/** One line in the log for each source and limit in this time. */
const WINDOW_MS = 10_000;
/** Addresses that are remembered; beyond, the one longest unheard of is forgotten. */
const MAX_SOURCES = 10_000;

/** Keeps one address from taking what the others need: a scanner, a flood, a phone gone mad. */
export class SourceGuard {
  readonly #clock: SipClock;
  readonly #limits: Required<SourceLimits>;
  readonly #onProblem: (problem: SipProblem) => void;
  /** By host, whatever the port; in the order they were last heard of. */
  readonly #entries = new Map<string, Entry>();
  readonly #dropped = { rate: 0, malformed: 0, transactions: 0 };

  constructor(clock: SipClock, limits: SourceLimits, onProblem: (problem: SipProblem) => void) {
    const { messagesPerSec = 5000, malformedPerWindow = 100, transactions = 5000 } = limits;
    this.#clock = clock;
    this.#limits = { messagesPerSec, malformedPerWindow, transactions };
    this.#onProblem = onProblem;
  }

  get dropped(): DroppedCounts {
    return { ...this.#dropped };
  }

  get sources(): number {
    return this.#entries.size;
  }

  /** False when a message of that source is one too many. */
  admit(source: Remote): boolean {
    const { messagesPerSec } = this.#limits;
    const entry = this.#entryOf(source);
    const now = this.#clock.now();
    const filled = ((now - entry.filledAt) / 1000) * messagesPerSec;
    entry.tokens = Math.min(2 * messagesPerSec, entry.tokens + filled);
    entry.filledAt = now;
    if (entry.tokens < 1) return this.#drop(source, 'rate', `${messagesPerSec} messages a second`);
    entry.tokens -= 1;
    return true;
  }

  /** False when a malformed message of that source is neither answered nor told of any more. */
  admitMalformed(source: Remote): boolean {
    const { malformedPerWindow } = this.#limits;
    const entry = this.#entryOf(source);
    entry.malformed += 1;
    if (entry.malformed <= malformedPerWindow) return true;
    const limit = `${malformedPerWindow} malformed messages in ${WINDOW_MS / 1000} s`;
    return this.#drop(source, 'malformed', limit);
  }

  /** What to call when the transaction is over; `undefined` when it may not begin. */
  begin(source: Remote): (() => void) | undefined {
    const { transactions } = this.#limits;
    const entry = this.#entryOf(source);
    if (entry.transactions >= transactions) {
      this.#drop(source, 'transactions', `${transactions} requests under way`);
      return undefined;
    }
    entry.transactions += 1;
    return () => {
      entry.transactions -= 1;
    };
  }

  #drop(source: Remote, limit: Limit, text: string): false {
    this.#dropped[limit] += 1;
    const { told } = this.#entryOf(source);
    if (!told.has(limit)) {
      told.add(limit);
      const message = `More than ${text} from ${source.host}: what is beyond is dropped`;
      this.#onProblem({ kind: 'limit', message, remote: remoteText(source) });
    }
    return false;
  }

  #entryOf(source: Remote): Entry {
    const now = this.#clock.now();
    let entry = this.#entries.get(source.host);
    if (entry === undefined) {
      entry = {
        tokens: 2 * this.#limits.messagesPerSec,
        filledAt: now,
        malformed: 0,
        transactions: 0,
        windowAt: now,
        told: new Set(),
      };
    } else this.#entries.delete(source.host);
    this.#entries.set(source.host, entry);
    if (now - entry.windowAt >= WINDOW_MS) {
      entry.windowAt = now;
      entry.malformed = 0;
      entry.told.clear();
    }
    if (this.#entries.size > MAX_SOURCES) this.#forgetOne();
    return entry;
  }

  #forgetOne(): void {
    for (const host of this.#entries.keys()) {
      this.#entries.delete(host);
      return;
    }
  }
}
