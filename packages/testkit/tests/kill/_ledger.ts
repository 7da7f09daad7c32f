/** What became of a request: its answer came whole and said yes, or no, or never came whole. */
export type Outcome = 'acknowledged' | 'refused' | 'unanswered';

/** One request that changes something, and what it must have left if it was carried out. */
export interface Change {
  /** Stands in what it writes and in the events that tell of it. Nothing else has it. */
  readonly mark: string;
  /** What tells of it, as `eventOf` reads it. */
  readonly events: readonly string[];
  /** Whether the thing is gone after it. */
  readonly removes: boolean;
  /** Places in the order of all requests and answers. */
  readonly askedAt: number;
  answeredAt: number;
  outcome: Outcome;
}

export type Kind = 'conversation' | 'message' | 'participant' | 'conductor';

/** Something that was asked for, and what was done to it: by one writer at a time, the last perhaps unanswered. */
export interface Thing {
  readonly kind: Kind;
  /** Undefined for a conversation. */
  readonly conversation: Thing | undefined;
  /** Known once its making was acknowledged. */
  sid: string | undefined;
  /** Of a message, from the answer. */
  index: number | undefined;
  readonly changes: Change[];
}

/** All that was asked of the server. */
export class Ledger {
  readonly things: Thing[] = [];
  /** What the last mark was. */
  #marks = 0;
  #order = 0;
  readonly counts: Record<Outcome, number> = { acknowledged: 0, refused: 0, unanswered: 0 };

  /** A mark that nothing has yet. */
  mark(): string {
    this.#marks += 1;
    return `k${this.#marks}`;
  }

  /** The next place in the order of requests and answers. */
  next(): number {
    this.#order += 1;
    return this.#order;
  }

  thing(kind: Kind, conversation?: Thing): Thing {
    const thing = { kind, conversation, sid: undefined, index: undefined, changes: [] };
    this.things.push(thing);
    return thing;
  }

  asks(thing: Thing, change: Pick<Change, 'mark' | 'events' | 'removes'>): Change {
    const asked: Change = {
      ...change,
      askedAt: this.next(),
      answeredAt: Infinity,
      outcome: 'unanswered',
    };
    thing.changes.push(asked);
    return asked;
  }

  settle(change: Change, outcome: Outcome): void {
    this.counts[outcome] += 1;
    change.outcome = outcome;
    if (outcome === 'acknowledged') change.answeredAt = this.next();
  }
}
