import {
  notify,
  PATIENCE,
  send,
  start,
  stop,
  type TransactionConfig,
  type Transition,
} from './machine.ts';

export type ClientNonInviteTimer = 'E' | 'F' | 'K';

export type ClientNonInviteState =
  | { readonly name: 'idle' | 'proceeding' | 'completed' | 'terminated' }
  | { readonly name: 'trying'; readonly retransmitMs: number };

export type ClientNonInviteInput =
  | { readonly type: 'start' }
  | { readonly type: 'response'; readonly status: number }
  | { readonly type: 'timer'; readonly timer: ClientNonInviteTimer }
  | { readonly type: 'transport-error' }
  | { readonly type: 'abandon' };

type Step = Transition<ClientNonInviteState, ClientNonInviteTimer>;

/** The non-INVITE client transaction: RFC 3261 §17.1.2. */
export function stepClientNonInvite(
  state: ClientNonInviteState,
  input: ClientNonInviteInput,
  config: TransactionConfig,
): Step {
  if (state.name === 'terminated') return { state, effects: [] };
  if (input.type === 'abandon') return { state: { name: 'terminated' }, effects: [] };
  switch (state.name) {
    case 'idle':
      return input.type === 'start' ? begin(config) : { state, effects: [] };
    case 'trying':
    case 'proceeding':
      return waiting(state, input, config);
    case 'completed':
      return input.type === 'timer' && input.timer === 'K'
        ? { state: { name: 'terminated' }, effects: [] }
        : { state, effects: [] };
    default:
      return { state, effects: [] };
  }
}

function begin(config: TransactionConfig): Step {
  const { t1Ms, reliable } = config;
  const retransmit = reliable ? [] : [start('E' as const, t1Ms)];
  return {
    state: { name: 'trying', retransmitMs: t1Ms },
    effects: [send('request'), start('F', PATIENCE * t1Ms), ...retransmit],
  };
}

function waiting(
  state: ClientNonInviteState,
  input: ClientNonInviteInput,
  config: TransactionConfig,
): Step {
  switch (input.type) {
    case 'timer':
      if (input.timer === 'F') {
        return { state: { name: 'terminated' }, effects: [notify('timeout')] };
      }
      return input.timer === 'E' ? again(state, config) : { state, effects: [] };
    case 'response':
      if (input.status < 200) {
        return { state: { name: 'proceeding' }, effects: [notify('message')] };
      }
      return done(config);
    case 'transport-error':
      return { state: { name: 'terminated' }, effects: [notify('transport-error')] };
    default:
      return { state, effects: [] };
  }
}

// RFC 3261 §17.1.2.2: doubles up to T2 while trying, and is T2 once a provisional has come.
function again(state: ClientNonInviteState, config: TransactionConfig): Step {
  const { t2Ms } = config;
  if (state.name !== 'trying') return { state, effects: [send('request'), start('E', t2Ms)] };
  const retransmitMs = Math.min(state.retransmitMs * 2, t2Ms);
  return {
    state: { name: 'trying', retransmitMs },
    effects: [send('request'), start('E', retransmitMs)],
  };
}

function done(config: TransactionConfig): Step {
  const effects = [
    stop<ClientNonInviteTimer>('E'),
    stop<ClientNonInviteTimer>('F'),
    notify<ClientNonInviteTimer>('message'),
  ];
  if (config.reliable) return { state: { name: 'terminated' }, effects };
  return { state: { name: 'completed' }, effects: [...effects, start('K', config.t4Ms)] };
}
