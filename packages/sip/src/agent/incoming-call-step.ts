/** Where a call to us stands: RFC 3261 §13.3. */
export type IncomingState =
  | { readonly name: 'received' | 'ringing' | 'established' | 'over' }
  /** To be answered once a provisional response is acknowledged: RFC 3262 §3. */
  | { readonly name: 'held' }
  /** 200 sent, ACK awaited. */
  | { readonly name: 'answering' };

export type IncomingInput =
  | { readonly type: 'provisional' | 'answer' | 'reject' }
  /** Answered while a provisional response is not acknowledged. */
  | { readonly type: 'answer-later' }
  /** The PRACK came that the answer waited for. */
  | { readonly type: 'prack' }
  /** The endpoint closes. */
  | { readonly type: 'close' }
  /** CANCEL, or the Expires of the INVITE went by. */
  | { readonly type: 'cancel' }
  | { readonly type: 'ack' }
  /** No ACK came, or the caller said BYE before it did. */
  | { readonly type: 'dialog-over' }
  /** BYE before any final response: RFC 3261 §15. */
  | { readonly type: 'early-bye' }
  /** A reliable provisional response was not acknowledged: RFC 3262 §3. */
  | { readonly type: 'no-prack' }
  /** A response could not be delivered. */
  | { readonly type: 'failed' };

export type IncomingEffect =
  | 'send-provisional'
  | 'send-ok'
  | 'send-final'
  /** 487, the outcome of a cancelled INVITE: RFC 3261 §9.2. */
  | 'send-terminated'
  | 'stop-timers'
  | 'establish'
  /** Takes the early dialog away. */
  | 'forget'
  /** Tells the signal. */
  | 'abort'
  | 'fail-answer'
  /** The application asked for what is not possible any more. */
  | 'refuse-input';

interface Step {
  readonly state: IncomingState;
  readonly effects: readonly IncomingEffect[];
}

/** The callee's side of INVITE. */
export function stepIncoming(state: IncomingState, input: IncomingInput): Step {
  switch (state.name) {
    case 'received':
    case 'ringing':
      return unanswered(state, input);
    case 'held':
      return held(state, input);
    case 'answering':
      return answering(state, input);
    case 'established':
    case 'over':
      return isCommand(input) ? { state, effects: ['refuse-input'] } : { state, effects: [] };
    default:
      return { state, effects: [] };
  }
}

function unanswered(state: IncomingState, input: IncomingInput): Step {
  switch (input.type) {
    case 'provisional':
      return { state: { name: 'ringing' }, effects: ['send-provisional'] };
    case 'answer':
      return { state: { name: 'answering' }, effects: ['stop-timers', 'send-ok'] };
    case 'answer-later':
      return { state: { name: 'held' }, effects: ['stop-timers'] };
    case 'reject':
      return { state: { name: 'over' }, effects: ['stop-timers', 'send-final', 'forget'] };
    case 'close':
    case 'no-prack':
      return { state: { name: 'over' }, effects: ['stop-timers', 'send-final', 'forget', 'abort'] };
    case 'cancel':
    case 'early-bye':
      return {
        state: { name: 'over' },
        effects: ['stop-timers', 'send-terminated', 'forget', 'abort'],
      };
    case 'failed':
      return { state: { name: 'over' }, effects: ['stop-timers', 'forget', 'abort'] };
    default:
      return { state, effects: [] };
  }
}

function held(state: IncomingState, input: IncomingInput): Step {
  switch (input.type) {
    case 'prack':
      return { state: { name: 'answering' }, effects: ['send-ok'] };
    case 'close':
    case 'no-prack':
      return { state: { name: 'over' }, effects: ['send-final', 'forget', 'abort', 'fail-answer'] };
    case 'cancel':
    case 'early-bye':
      return {
        state: { name: 'over' },
        effects: ['send-terminated', 'forget', 'abort', 'fail-answer'],
      };
    case 'failed':
      return { state: { name: 'over' }, effects: ['forget', 'abort', 'fail-answer'] };
    default:
      return { state, effects: isCommand(input) ? ['refuse-input'] : [] };
  }
}

function answering(state: IncomingState, input: IncomingInput): Step {
  if (input.type === 'ack') return { state: { name: 'established' }, effects: ['establish'] };
  if (input.type === 'dialog-over') {
    return { state: { name: 'over' }, effects: ['abort', 'fail-answer'] };
  }
  // A lost 200 is sent again, and a CANCEL comes too late: RFC 3261 §9.2.
  return isCommand(input) ? { state, effects: ['refuse-input'] } : { state, effects: [] };
}

function isCommand(input: IncomingInput): boolean {
  return ['provisional', 'answer', 'answer-later', 'reject'].includes(input.type);
}
