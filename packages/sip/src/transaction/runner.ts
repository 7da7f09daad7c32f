import type { SipClock } from '../clock.ts';
import type { Effect, TransactionConfig, Transition } from './machine.ts';

export interface RunnerOptions<S extends { readonly name: string }, I, T extends string> {
  readonly initial: S;
  readonly step: (state: S, input: I, config: TransactionConfig) => Transition<S, T>;
  readonly config: TransactionConfig;
  readonly clock: SipClock;
  /** The input a firing timer is. */
  readonly timerInput: (timer: T) => I;
  readonly send: (what: 'request' | 'ack' | 'response') => void;
  readonly notify: (event: 'message' | 'timeout' | 'transport-error') => void;
  /** Called once, when the state is `terminated` and every timer has stopped. */
  readonly onTerminated: () => void;
}

/** Performs what a transaction machine asks for. */
export class Runner<S extends { readonly name: string }, I, T extends string> {
  readonly #options: RunnerOptions<S, I, T>;
  readonly #timers = new Map<T, () => void>();
  #state: S;

  constructor(options: RunnerOptions<S, I, T>) {
    this.#options = options;
    this.#state = options.initial;
  }

  get state(): S['name'] {
    return this.#state.name;
  }

  input(input: I): void {
    if (this.#state.name === 'terminated') return;
    const { state, effects } = this.#options.step(this.#state, input, this.#options.config);
    this.#state = state;
    const over = state.name === 'terminated';
    if (over) this.#stopAll();
    for (const effect of effects) this.#perform(effect);
    if (over) this.#options.onTerminated();
  }

  #perform(effect: Effect<T>): void {
    switch (effect.type) {
      case 'send':
        this.#options.send(effect.what);
        break;
      case 'start-timer':
        this.#timers.get(effect.timer)?.();
        // The user may have ended the transaction while an earlier effect was performed.
        if (this.#state.name === 'terminated') break;
        this.#timers.set(
          effect.timer,
          this.#options.clock.after(effect.ms, () => {
            this.#timers.delete(effect.timer);
            this.input(this.#options.timerInput(effect.timer));
          }),
        );
        break;
      case 'stop-timer':
        this.#timers.get(effect.timer)?.();
        this.#timers.delete(effect.timer);
        break;
      case 'notify':
        this.#options.notify(effect.event);
        break;
      default:
        break;
    }
  }

  #stopAll(): void {
    for (const stop of this.#timers.values()) stop();
    this.#timers.clear();
  }
}
