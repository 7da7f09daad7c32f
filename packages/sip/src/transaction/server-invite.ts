import {
  notify,
  PATIENCE,
  send,
  start,
  stop,
  type TransactionConfig,
  type Transition,
} from './machine.ts';

export type ServerInviteTimer = 'G' | 'H' | 'I' | 'L';

export type ServerInviteState =
  | { readonly name: 'confirmed' | 'accepted' | 'terminated' }
  | { readonly name: 'proceeding'; readonly responded: boolean }
  | { readonly name: 'completed'; readonly retransmitMs: number };

export type ServerInviteInput =
  /** The request again. */
  | { readonly type: 'request' }
  | { readonly type: 'ack' }
  | { readonly type: 'respond'; readonly status: number }
  | { readonly type: 'timer'; readonly timer: ServerInviteTimer }
  | { readonly type: 'transport-error' }
  | { readonly type: 'abandon' };

type Step = Transition<ServerInviteState, ServerInviteTimer>;

/** The INVITE server transaction: RFC 3261 §17.2.1 with the accepted state of RFC 6026 §8.5. */
export function stepServerInvite(
  state: ServerInviteState,
  input: ServerInviteInput,
  config: TransactionConfig,
): Step {
  if (state.name === 'terminated') return { state, effects: [] };
  if (input.type === 'abandon') return { state: { name: 'terminated' }, effects: [] };
  switch (state.name) {
    case 'proceeding':
      return proceeding(state, input, config);
    case 'completed':
      return completed(state, input, config);
    case 'confirmed':
      return input.type === 'timer' && input.timer === 'I'
        ? { state: { name: 'terminated' }, effects: [] }
        : { state, effects: [] };
    case 'accepted':
      return accepted(state, input);
    default:
      return { state, effects: [] };
  }
}

function proceeding(
  state: ServerInviteState & { readonly name: 'proceeding' },
  input: ServerInviteInput,
  config: TransactionConfig,
): Step {
  if (input.type === 'request') {
    return { state, effects: state.responded ? [send('response')] : [] };
  }
  if (input.type === 'transport-error') {
    return { state: { name: 'terminated' }, effects: [notify('transport-error')] };
  }
  if (input.type !== 'respond') return { state, effects: [] };
  if (input.status < 200) {
    return { state: { name: 'proceeding', responded: true }, effects: [send('response')] };
  }
  const patienceMs = PATIENCE * config.t1Ms;
  if (input.status < 300) {
    return { state: { name: 'accepted' }, effects: [send('response'), start('L', patienceMs)] };
  }
  const retransmit = config.reliable ? [] : [start('G' as const, config.t1Ms)];
  return {
    state: { name: 'completed', retransmitMs: config.t1Ms },
    effects: [send('response'), ...retransmit, start('H', patienceMs)],
  };
}

function completed(
  state: ServerInviteState & { readonly name: 'completed' },
  input: ServerInviteInput,
  config: TransactionConfig,
): Step {
  switch (input.type) {
    case 'request':
      return { state, effects: [send('response')] };
    case 'ack': {
      const effects = [stop<ServerInviteTimer>('G'), stop<ServerInviteTimer>('H')];
      // Timer I is zero on a reliable transport: RFC 3261 §17.2.1.
      if (config.reliable) return { state: { name: 'terminated' }, effects };
      return { state: { name: 'confirmed' }, effects: [...effects, start('I', config.t4Ms)] };
    }
    case 'timer': {
      if (input.timer === 'H') {
        return { state: { name: 'terminated' }, effects: [notify('timeout')] };
      }
      if (input.timer !== 'G') return { state, effects: [] };
      const retransmitMs = Math.min(state.retransmitMs * 2, config.t2Ms);
      return {
        state: { name: 'completed', retransmitMs },
        effects: [send('response'), start('G', retransmitMs)],
      };
    }
    case 'transport-error':
      return { state: { name: 'terminated' }, effects: [notify('transport-error')] };
    default:
      return { state, effects: [] };
  }
}

// RFC 6026 §8.5: the INVITE again is absorbed, since the core itself repeats the 2xx until its ACK.
function accepted(state: ServerInviteState, input: ServerInviteInput): Step {
  if (input.type === 'respond' && input.status >= 200 && input.status < 300) {
    return { state, effects: [send('response')] };
  }
  if (input.type === 'ack') return { state, effects: [notify('message')] };
  if (input.type === 'timer' && input.timer === 'L') {
    return { state: { name: 'terminated' }, effects: [] };
  }
  if (input.type === 'transport-error') return { state, effects: [notify('transport-error')] };
  return { state, effects: [] };
}
