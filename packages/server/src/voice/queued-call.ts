import { deferred } from '../base/deferred.ts';
import type { Instant } from '../base/clock.ts';
import type { Leg } from './leg.ts';
import type { LiveCall } from './live-call.ts';

/** One time that somebody takes a call out of its queue. */
export interface Turn {
  /** Aborted when it begins: who waits is to hear nothing of the queue from now on. */
  readonly taken: AbortSignal;
  /** When it began. */
  readonly takenAt: Instant;
  /** Once it is over: the two have heard each other, or the call goes on waiting. */
  readonly outcome: Promise<'bridged' | 'returned'>;
}

/** A call of this node that waits in a queue, until somebody takes it and is joined to it. */
export class QueuedCall {
  readonly live: LiveCall;
  readonly leg: Leg;
  #turn = new OpenTurn();

  constructor(live: LiveCall, leg: Leg) {
    this.live = live;
    this.leg = leg;
  }

  /** The one that is awaited, or under way. */
  get turn(): Turn {
    return this.#turn;
  }

  /** Whoever takes it says how it came out, by `bridged` or `returned`. */
  take(): void {
    this.#turn.begin(this.live.context.actions.clock.now());
  }

  /** The two have heard each other, and the call goes on with its document. */
  bridged(): void {
    this.#turn.end('bridged');
  }

  /** It waits on. */
  returned(): void {
    const turn = this.#turn;
    this.#turn = new OpenTurn();
    turn.end('returned');
  }
}

class OpenTurn implements Turn {
  takenAt = 0;
  readonly #taken = new AbortController();
  readonly #outcome = deferred<'bridged' | 'returned'>();

  get taken(): AbortSignal {
    return this.#taken.signal;
  }

  get outcome(): Promise<'bridged' | 'returned'> {
    return this.#outcome.promise;
  }

  begin(at: Instant): void {
    this.takenAt = at;
    this.#taken.abort();
  }

  end(outcome: 'bridged' | 'returned'): void {
    this.#outcome.resolve(outcome);
  }
}
