import {
  LINGER_MS,
  notify,
  PATIENCE,
  send,
  start,
  stop,
  type TransactionConfig,
  type Transition,
} from './machine.ts';

export type ClientInviteTimer = 'A' | 'B' | 'D' | 'M';

export type ClientInviteState =
  | { readonly name: 'idle' | 'proceeding' | 'completed' | 'accepted' | 'terminated' }
  | { readonly name: 'calling'; readonly retransmitMs: number };

export type ClientInviteInput =
  | { readonly type: 'start' }
  | { readonly type: 'response'; readonly status: number }
  | { readonly type: 'timer'; readonly timer: ClientInviteTimer }
  | { readonly type: 'transport-error' }
  /** The user lost interest: no final response came after CANCEL, RFC 3261 §9.1. */
  | { readonly type: 'abandon' };

type Step = Transition<ClientInviteState, ClientInviteTimer>;

/** The INVITE client transaction: RFC 3261 §17.1.1 with the accepted state of RFC 6026 §8.4. */
export function stepClientInvite(
  state: ClientInviteState,
  input: ClientInviteInput,
  config: TransactionConfig,
): Step {
  if (state.name === 'terminated') return { state, effects: [] };
  if (input.type === 'abandon') return { state: { name: 'terminated' }, effects: [] };
  switch (state.name) {
    case 'idle':
      return input.type === 'start' ? begin(config) : { state, effects: [] };
    case 'calling':
      return calling(state, input, config);
    case 'proceeding':
      return proceeding(state, input, config);
    case 'completed':
      return completed(state, input);
    case 'accepted':
      return accepted(state, input);
    default:
      return { state, effects: [] };
  }
}

// RFC 3261 §17.1.1.2: timer A starts at T1, only where the transport may lose messages.
function begin(config: TransactionConfig): Step {
  const { t1Ms, reliable } = config;
  const retransmit = reliable ? [] : [start('A' as const, t1Ms)];
  return {
    state: { name: 'calling', retransmitMs: t1Ms },
    effects: [send('request'), ...retransmit, start('B', PATIENCE * t1Ms)],
  };
}

function calling(
  state: ClientInviteState & { readonly name: 'calling' },
  input: ClientInviteInput,
  config: TransactionConfig,
): Step {
  switch (input.type) {
    case 'timer': {
      if (input.timer === 'A') {
        // Doubles without a ceiling: RFC 3261 §17.1.1.2.
        const retransmitMs = state.retransmitMs * 2;
        return {
          state: { name: 'calling', retransmitMs },
          effects: [send('request'), start('A', retransmitMs)],
        };
      }
      if (input.timer !== 'B') return { state, effects: [] };
      return { state: { name: 'terminated' }, effects: [notify('timeout')] };
    }
    case 'response': {
      const next = answered(input.status, config);
      return { state: next.state, effects: [stop('A'), stop('B'), ...next.effects] };
    }
    case 'transport-error':
      return { state: { name: 'terminated' }, effects: [notify('transport-error')] };
    default:
      return { state, effects: [] };
  }
}

function proceeding(
  state: ClientInviteState,
  input: ClientInviteInput,
  config: TransactionConfig,
): Step {
  if (input.type === 'response') return answered(input.status, config);
  if (input.type !== 'transport-error') return { state, effects: [] };
  return { state: { name: 'terminated' }, effects: [notify('transport-error')] };
}

function answered(status: number, config: TransactionConfig): Step {
  if (status < 200) return { state: { name: 'proceeding' }, effects: [notify('message')] };
  if (status < 300) {
    // The core acknowledges a 2xx; later ones, forked or repeated, still reach it until timer M.
    return {
      state: { name: 'accepted' },
      effects: [notify('message'), start('M', PATIENCE * config.t1Ms)],
    };
  }
  const effects = [send<ClientInviteTimer>('ack'), notify<ClientInviteTimer>('message')];
  if (config.reliable) return { state: { name: 'terminated' }, effects };
  return { state: { name: 'completed' }, effects: [...effects, start('D', LINGER_MS)] };
}

// RFC 3261 §17.1.1.2: a repeated refusal is acknowledged again and shown to nobody.
function completed(state: ClientInviteState, input: ClientInviteInput): Step {
  if (input.type === 'response' && input.status >= 300) return { state, effects: [send('ack')] };
  if (input.type === 'timer' && input.timer === 'D') {
    return { state: { name: 'terminated' }, effects: [] };
  }
  if (input.type !== 'transport-error') return { state, effects: [] };
  return { state: { name: 'terminated' }, effects: [notify('transport-error')] };
}

// RFC 6026 §8.4.
function accepted(state: ClientInviteState, input: ClientInviteInput): Step {
  if (input.type === 'response' && input.status >= 200 && input.status < 300) {
    return { state, effects: [notify('message')] };
  }
  if (input.type === 'timer' && input.timer === 'M') {
    return { state: { name: 'terminated' }, effects: [] };
  }
  return { state, effects: [] };
}
