import {
  notify,
  PATIENCE,
  send,
  start,
  type TransactionConfig,
  type Transition,
} from './machine.ts';

export type ServerNonInviteTimer = 'J';

export interface ServerNonInviteState {
  readonly name: 'trying' | 'proceeding' | 'completed' | 'terminated';
}

export type ServerNonInviteInput =
  | { readonly type: 'request' }
  | { readonly type: 'respond'; readonly status: number }
  | { readonly type: 'timer'; readonly timer: ServerNonInviteTimer }
  | { readonly type: 'transport-error' }
  | { readonly type: 'abandon' };

type Step = Transition<ServerNonInviteState, ServerNonInviteTimer>;

/** The non-INVITE server transaction: RFC 3261 §17.2.2. */
export function stepServerNonInvite(
  state: ServerNonInviteState,
  input: ServerNonInviteInput,
  config: TransactionConfig,
): Step {
  if (state.name === 'terminated') return { state, effects: [] };
  if (input.type === 'abandon') return { state: { name: 'terminated' }, effects: [] };
  if (input.type === 'transport-error') {
    return { state: { name: 'terminated' }, effects: [notify('transport-error')] };
  }
  switch (state.name) {
    case 'trying':
      return input.type === 'respond' ? respond(input.status, config) : { state, effects: [] };
    case 'proceeding':
      if (input.type === 'request') return { state, effects: [send('response')] };
      return input.type === 'respond' ? respond(input.status, config) : { state, effects: [] };
    case 'completed':
      if (input.type === 'request') return { state, effects: [send('response')] };
      return input.type === 'timer' && input.timer === 'J'
        ? { state: { name: 'terminated' }, effects: [] }
        : { state, effects: [] };
    default:
      return { state, effects: [] };
  }
}

function respond(status: number, config: TransactionConfig): Step {
  if (status < 200) return { state: { name: 'proceeding' }, effects: [send('response')] };
  // Timer J is zero on a reliable transport: RFC 3261 §17.2.2.
  if (config.reliable) return { state: { name: 'terminated' }, effects: [send('response')] };
  return {
    state: { name: 'completed' },
    effects: [send('response'), start('J', PATIENCE * config.t1Ms)],
  };
}
