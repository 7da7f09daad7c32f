/** Timer base values: RFC 3261 §17.1.1.1, table 4. */
export interface SipTiming {
  /** Round-trip estimate; default 500. */
  readonly t1Ms: number;
  /** Longest retransmission interval; default 4000. */
  readonly t2Ms: number;
  /** How long a message stays in the network; default 5000. */
  readonly t4Ms: number;
}

export interface TransactionConfig extends SipTiming {
  /** True on TCP: nothing is retransmitted and nothing lingers. */
  readonly reliable: boolean;
}

/** What a machine wants done, as data. `T` names its timers. */
export type Effect<T extends string> =
  /** `request`: the transaction's own; `ack`: one for the latest refusal; `response`: the latest. */
  | { readonly type: 'send'; readonly what: 'request' | 'ack' | 'response' }
  | { readonly type: 'start-timer'; readonly timer: T; readonly ms: number }
  | { readonly type: 'stop-timer'; readonly timer: T }
  /** Tells the user: of the message just given in, or of the transaction's failure. */
  | { readonly type: 'notify'; readonly event: 'message' | 'timeout' | 'transport-error' };

export interface Transition<S, T extends string> {
  readonly state: S;
  readonly effects: readonly Effect<T>[];
}

/** How long a transaction waits before giving up, in multiples of T1: timers B, F, H, J, L, M. */
export const PATIENCE = 64;

/** Timer D: at least 32 s, whatever T1 is: RFC 3261 §17.1.1.2. */
export const LINGER_MS = 32_000;

export function send<T extends string>(what: 'request' | 'ack' | 'response'): Effect<T> {
  return { type: 'send', what };
}

export function start<T extends string>(timer: T, ms: number): Effect<T> {
  return { type: 'start-timer', timer, ms };
}

export function stop<T extends string>(timer: T): Effect<T> {
  return { type: 'stop-timer', timer };
}

export function notify<T extends string>(
  event: 'message' | 'timeout' | 'transport-error',
): Effect<T> {
  return { type: 'notify', event };
}
