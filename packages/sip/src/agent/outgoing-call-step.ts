/** Where a call of ours stands before and after it is answered. */
export type OutgoingState =
  | { readonly name: 'calling' | 'proceeding' | 'answered' | 'over' }
  /** `sent` once CANCEL went out, which must wait for a provisional response: RFC 3261 §9.1. */
  | { readonly name: 'canceling'; readonly sent: boolean }
  /** Given up for its silence or its lost connection, and its user told so; it may still speak. */
  | { readonly name: 'unheard'; readonly sent: boolean };

export type OutgoingInput =
  | { readonly type: 'provisional' }
  /** A 2xx; `known` when one with that To tag came before. */
  | { readonly type: 'success'; readonly known: boolean }
  /** A 3xx to 6xx; `retry` when it is a challenge that can be answered. */
  | { readonly type: 'refused'; readonly retry: boolean }
  | { readonly type: 'failed' }
  /** No response at all came, and none is waited for any longer. */
  | { readonly type: 'unheard' }
  /** The connection by which the phone is called has closed: what it still says comes by another, or never. */
  | { readonly type: 'flow-closed' }
  | { readonly type: 'cancel' }
  | { readonly type: 'cancel-expired' };

export type OutgoingEffect =
  | 'tell-provisional'
  | 'send-cancel'
  | 'stop-cancel-timer'
  /** Tries again with credentials. */
  | 'retry'
  /** Acknowledges, and hands the dialog out. */
  | 'establish'
  /** Acknowledges a 2xx that came again. */
  | 'acknowledge'
  /** Acknowledges a 2xx nobody wants, and hangs it up. */
  | 'hang-up'
  /** Gives the INVITE up although no final response came. */
  | 'abandon'
  | 'end-refused'
  | 'end-failed'
  | 'end-canceled';

interface Step {
  readonly state: OutgoingState;
  readonly effects: readonly OutgoingEffect[];
}

/** The caller's side of INVITE: RFC 3261 §9.1, §13.2.2. */
export function stepOutgoing(state: OutgoingState, input: OutgoingInput): Step {
  switch (state.name) {
    case 'calling':
    case 'proceeding':
      return waiting(state, input);
    case 'canceling':
      return canceling(state, input);
    case 'unheard':
      return unheard(state, input);
    case 'answered':
    case 'over':
      // A fork that answers late is confirmed and hung up: RFC 3261 §13.2.2.4.
      if (input.type !== 'success') return { state, effects: [] };
      return { state, effects: [input.known ? 'acknowledge' : 'hang-up'] };
    default:
      return { state, effects: [] };
  }
}

function waiting(state: OutgoingState, input: OutgoingInput): Step {
  switch (input.type) {
    case 'provisional':
      return { state: { name: 'proceeding' }, effects: ['tell-provisional'] };
    case 'success':
      return { state: { name: 'answered' }, effects: ['establish'] };
    case 'refused':
      return input.retry
        ? { state: { name: 'calling' }, effects: ['retry'] }
        : { state: { name: 'over' }, effects: ['end-refused'] };
    case 'failed':
      return { state: { name: 'over' }, effects: ['end-failed'] };
    case 'unheard':
      // A peer that is late after all is told with its first response: RFC 3261 §9.1.
      return state.name === 'proceeding'
        ? { state, effects: [] }
        : { state: { name: 'unheard', sent: false }, effects: ['end-failed'] };
    case 'flow-closed':
      // The CANCEL reaches a phone that listens where it was; else an answer by a new connection is hung up.
      return state.name === 'proceeding'
        ? { state: { name: 'unheard', sent: true }, effects: ['end-failed', 'send-cancel'] }
        : { state: { name: 'unheard', sent: false }, effects: ['end-failed'] };
    case 'cancel':
      return state.name === 'proceeding'
        ? { state: { name: 'canceling', sent: true }, effects: ['send-cancel'] }
        : { state: { name: 'canceling', sent: false }, effects: [] };
    case 'cancel-expired':
      return { state, effects: [] };
    default:
      return { state, effects: [] };
  }
}

function canceling(
  state: OutgoingState & { readonly name: 'canceling' },
  input: OutgoingInput,
): Step {
  switch (input.type) {
    case 'provisional':
      return state.sent
        ? { state, effects: [] }
        : { state: { name: 'canceling', sent: true }, effects: ['send-cancel'] };
    case 'success':
      // The 200 crossed the CANCEL, which then had no effect: RFC 3261 §9.1.
      return { state: { name: 'over' }, effects: ['stop-cancel-timer', 'hang-up', 'end-canceled'] };
    case 'refused':
    case 'failed':
      return { state: { name: 'over' }, effects: ['stop-cancel-timer', 'end-canceled'] };
    case 'cancel-expired':
      return { state: { name: 'over' }, effects: ['abandon', 'end-canceled'] };
    case 'cancel':
    case 'unheard':
    case 'flow-closed':
      return { state, effects: [] };
    default:
      return { state, effects: [] };
  }
}

function unheard(state: OutgoingState & { readonly name: 'unheard' }, input: OutgoingInput): Step {
  switch (input.type) {
    case 'provisional':
      return state.sent
        ? { state, effects: [] }
        : { state: { name: 'unheard', sent: true }, effects: ['send-cancel'] };
    case 'success':
      return { state: { name: 'over' }, effects: ['stop-cancel-timer', 'hang-up'] };
    case 'refused':
    case 'failed':
      return { state: { name: 'over' }, effects: ['stop-cancel-timer'] };
    case 'cancel-expired':
      return { state: { name: 'over' }, effects: ['abandon'] };
    case 'cancel':
    case 'unheard':
    case 'flow-closed':
      return { state, effects: [] };
    default:
      return { state, effects: [] };
  }
}
