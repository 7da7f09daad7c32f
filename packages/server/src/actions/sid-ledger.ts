import { explainSid, type Sid } from '@tutti/ids';
import type { Clock, Instant } from '../base/clock.ts';
import type { Metrics } from '../base/metrics.ts';
import type { SidUse, SidUseOutcome, SidUsePlace } from '../model/sid-use.ts';
import type { New } from '../store/schema.ts';

/** What uses have in common that come the same way: one object for each operation or TwiML noun, compared by identity. */
export interface UseSource {
  readonly method: SidUse['method'];
  /** A route's pattern, `/conversations/v1/Conversations/:Sid`. */
  readonly route: string | null;
}

/** One use, as it is noted. */
export interface NotedUse {
  readonly accountSid: Sid<'AC'>;
  readonly sid: string;
  readonly outcome: SidUseOutcome;
  readonly place: SidUsePlace;
  readonly parameter: string;
  /** Of the path, by name. */
  readonly segments?: Readonly<Record<string, string>>;
  readonly requestSid?: string;
  readonly callSid?: Sid<'CA'>;
  readonly errorCode?: number;
}

/** Rows between two writes at most, so that a flood of requests neither fills the database nor slows the others. */
export const ROWS_MAX = 250;
/** And these besides, of requests that were refused: who looks for what is wrong needs them most. */
export const REFUSED_ROWS_MAX = 250;

/** Characters kept of what is no SID. */
const KEPT_MAX = 64;

interface Group {
  readonly source: UseSource;
  readonly first: NotedUse;
  readonly dateCreated: Instant;
  requestSid: string | undefined;
  dateLastOccurred: Instant;
  occurrences: number;
  /** Of the same SID. */
  readonly next: Group | undefined;
}

/**
 * The uses of SIDs since the last write, in memory. Noting one waits for nothing and fails never: the same use again is
 * counted up, and what is too much is dropped and counted in `tutti_sid_uses_dropped_total`.
 */
export class SidLedger {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #dropped: { inc(): void };
  #groups = new Map<string, Group>();
  #rows = 0;
  #refusedRows = 0;
  /** The last write; whoever asked for it hears of its failure. */
  #writing = Promise.resolve();

  constructor({
    clock,
    metrics,
  }: {
    readonly clock: Pick<Clock, 'now'>;
    readonly metrics: Metrics;
  }) {
    this.#clock = clock;
    this.#dropped = metrics.sidUsesDropped.with();
  }

  /** Whether there is nothing to write. */
  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  note(source: UseSource, use: NotedUse): void {
    const others = this.#groups.get(use.sid);
    for (let group = others; group !== undefined; group = group.next) {
      const { first } = group;
      if (
        group.source === source &&
        first.outcome === use.outcome &&
        first.parameter === use.parameter &&
        first.errorCode === use.errorCode &&
        first.accountSid === use.accountSid &&
        first.callSid === use.callSid
      ) {
        group.occurrences += 1;
        group.requestSid = use.requestSid;
        group.dateLastOccurred = this.#clock.now();
        return;
      }
    }
    if (!this.#hasRoom(use.outcome)) {
      this.#dropped.inc();
      return;
    }
    const now = this.#clock.now();
    this.#groups.set(use.sid, {
      source,
      first: use,
      dateCreated: now,
      requestSid: use.requestSid,
      dateLastOccurred: now,
      occurrences: 1,
      next: others,
    });
  }

  /** Runs `write` after the writes before it: who waits for it finds what those took, too. */
  async inTurn(write: () => Promise<void>): Promise<void> {
    const written = this.#writing.then(write);
    this.#writing = written.catch(() => undefined);
    await written;
  }

  /** What was noted, oldest first; from now on it is the taker's. */
  take(): New<SidUse>[] {
    const groups = this.#groups;
    this.#groups = new Map();
    this.#rows = 0;
    this.#refusedRows = 0;
    const rows: New<SidUse>[] = [];
    for (const newest of groups.values()) {
      const ofSid: New<SidUse>[] = [];
      for (let group: Group | undefined = newest; group !== undefined; group = group.next) {
        ofSid.unshift(rowOf(group));
      }
      rows.push(...ofSid);
    }
    return rows.toSorted((a, b) => a.dateCreated - b.dateCreated);
  }

  #hasRoom(outcome: SidUseOutcome): boolean {
    if (outcome === 'refused') return (this.#refusedRows += 1) <= REFUSED_ROWS_MAX;
    return (this.#rows += 1) <= ROWS_MAX;
  }
}

function rowOf({ source, first, requestSid, occurrences, ...dates }: Group): New<SidUse> {
  return {
    accountSid: first.accountSid,
    sid: first.sid.slice(0, KEPT_MAX),
    outcome: first.outcome,
    place: first.place,
    parameter: first.parameter,
    method: source.method,
    path: source.route === null ? null : pathOf(source.route, first.segments ?? {}),
    requestSid: requestSid ?? null,
    callSid: first.callSid ?? null,
    errorCode: first.errorCode ?? null,
    occurrences,
    dateCreated: dates.dateCreated,
    dateLastOccurred: dates.dateLastOccurred,
  };
}

/** Segments that are no SIDs may be names and numbers of people: those are left out. */
function pathOf(route: string, segments: Readonly<Record<string, string>>): string {
  return route.replaceAll(/:([A-Za-z]+)/g, (_, name: string) => {
    const value = segments[name];
    return value !== undefined && looksLikeSid(value) ? value : `{${name}}`;
  });
}

/** Two capital letters and as long as a SID: asked of every request, so it looks no closer. */
export function looksLikeSid(text: string): boolean {
  if (text.length !== 34) return false;
  const [first, second] = [text.charCodeAt(0), text.charCodeAt(1)];
  return first >= 65 && first <= 90 && second >= 65 && second <= 90;
}

/** Whether `text`, refused where a SID is expected, was meant as one; whatever else it is may be a secret. */
export function isMeantAsSid(text: string): boolean {
  const { kind } = explainSid(text);
  return kind !== 'not-a-sid' && kind !== 'surrounded' && kind !== 'empty';
}
