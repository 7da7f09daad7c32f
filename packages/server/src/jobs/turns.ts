import type { Clock, Instant } from '../base/clock.ts';

/** Failures in a row that open the circuit: more than one event alone can have. */
export const FAILURES_MAX = 10;
/** Before the first probe; doubles with each probe that fails. */
const PAUSE_MS = 5000;
const PAUSE_MAX_MS = 60_000;
/** Receivers remembered for their failures while nothing is sent to them. */
const REMEMBERED_MAX = 1000;

/** The leave to send to a receiver. */
export interface Turn {
  /** The circuit is open, and this one finds out whether it must remain so. */
  readonly isProbe: boolean;
  /** To be told whether the receiver does its part; returns what that changed. */
  answered(isUp: boolean): 'opened' | 'closed' | undefined;
  /** To be called in the end, answered or not. */
  end(): void;
}

/** A receiver whose circuit is open. */
export interface ReceiverDown {
  readonly receiver: string;
  readonly since: Instant;
  readonly nextProbe: Instant;
  readonly waiting: number;
}

interface Waiting {
  /** Given up waiting for the circuit at this instant. */
  readonly until: Instant;
  readonly go: (turn: Turn | undefined) => void;
}

interface Line {
  running: number;
  readonly waiting: Waiting[];
  failures: number;
  circuit: Circuit | undefined;
}

interface Circuit {
  readonly since: Instant;
  readonly pauseMs: number;
  readonly nextProbe: Instant;
  isPausing: boolean;
  readonly cancel: () => void;
}

/**
 * Lets so many go to each receiver at once; the others wait in the order they came. A receiver that failed ten times in
 * a row has its circuit opened: nobody goes until a pause is over, then one at a time, and everybody once one of them
 * came through.
 */
export class Turns {
  readonly #max: number;
  readonly #clock: Clock;
  /** 0 to 1: pauses of one length would let servers that failed together try together. */
  readonly #fraction: () => number;
  /** The one that was in use last is last. */
  readonly #lines = new Map<string, Line>();
  #closed = false;

  constructor(max: number, clock: Clock, fraction: () => number) {
    this.#max = max;
    this.#clock = clock;
    this.#fraction = fraction;
  }

  /** Resolves when it is one's turn; with undefined when that has not come by `until` because the circuit is open. */
  take(receiver: string, until: Instant): Promise<Turn | undefined> {
    const line = this.#lines.get(receiver) ?? {
      running: 0,
      waiting: [],
      failures: 0,
      circuit: undefined,
    };
    this.#lines.delete(receiver);
    this.#lines.set(receiver, line);
    return new Promise((go) => {
      line.waiting.push({ until, go });
      this.#admit(receiver, line);
    });
  }

  /** Receivers whose circuit is open. */
  get down(): ReceiverDown[] {
    return [...this.#lines].flatMap(([receiver, { circuit, waiting }]) =>
      circuit === undefined
        ? []
        : {
            receiver,
            since: circuit.since,
            nextProbe: circuit.nextProbe,
            waiting: waiting.length,
          },
    );
  }

  /** Nobody waits any more. */
  close(): void {
    this.#closed = true;
    for (const [receiver, line] of this.#lines) {
      line.circuit?.cancel();
      this.#admit(receiver, line);
    }
  }

  #admit(receiver: string, line: Line): void {
    const { circuit, waiting } = line;
    if (circuit !== undefined && !this.#closed) this.#expire(waiting);
    while (waiting.length > 0 && line.running < this.#room(line)) {
      line.running += 1;
      waiting.shift()?.go(this.#turn(receiver, line));
    }
  }

  #room({ circuit }: Line): number {
    if (this.#closed) return Infinity;
    if (circuit === undefined) return this.#max;
    return circuit.isPausing ? 0 : 1;
  }

  #expire(waiting: Waiting[]): void {
    const now = this.#clock.now();
    for (const late of waiting.filter(({ until }) => until <= now)) late.go(undefined);
    waiting.splice(0, Infinity, ...waiting.filter(({ until }) => until > now));
  }

  #turn(receiver: string, line: Line): Turn {
    const isProbe = line.circuit !== undefined;
    return {
      isProbe,
      answered: (isUp) => {
        if (isUp) return this.#close(line);
        line.failures += 1;
        if (line.circuit === undefined && line.failures < FAILURES_MAX) return undefined;
        // What was under way when it opened says nothing new.
        if (line.circuit !== undefined && !isProbe) return undefined;
        return this.#open(receiver, line);
      },
      end: () => {
        line.running -= 1;
        this.#admit(receiver, line);
        if (line.running === 0 && line.waiting.length === 0) this.#forget(receiver, line);
      },
    };
  }

  #open(receiver: string, line: Line): 'opened' | undefined {
    const now = this.#clock.now();
    const before = line.circuit;
    const pauseMs = before === undefined ? PAUSE_MS : Math.min(before.pauseMs * 2, PAUSE_MAX_MS);
    const inMs = Math.round(pauseMs * (0.5 + this.#fraction() / 2));
    before?.cancel();
    const circuit: Circuit = {
      since: before?.since ?? now,
      pauseMs,
      nextProbe: now + inMs,
      isPausing: true,
      cancel: this.#clock.after(inMs, () => {
        circuit.isPausing = false;
        this.#admit(receiver, line);
      }),
    };
    line.circuit = circuit;
    return before === undefined ? 'opened' : undefined;
  }

  #close(line: Line): 'closed' | undefined {
    line.failures = 0;
    if (line.circuit === undefined) return undefined;
    line.circuit.cancel();
    line.circuit = undefined;
    return 'closed';
  }

  /** Keeps what is known of a receiver that failed, for as long as there are not too many of them. */
  #forget(receiver: string, line: Line): void {
    if (this.#lines.get(receiver) !== line) return;
    if (line.failures === 0) this.#lines.delete(receiver);
    if (this.#lines.size <= REMEMBERED_MAX) return;
    for (const [oldest, idle] of this.#lines) {
      if (idle.running > 0 || idle.waiting.length > 0) continue;
      idle.circuit?.cancel();
      this.#lines.delete(oldest);
      return;
    }
  }
}
