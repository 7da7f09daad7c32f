import type { Log } from '../base/log.ts';
import type { BusMessage } from '../model/bus-message.ts';
import type { Bus } from './bus.ts';

/** The bus of a system of one node. */
export class LocalBus implements Bus {
  readonly #listeners = new Map<BusMessage['kind'], Set<(message: never) => void>>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  publish(message: BusMessage): void {
    for (const listener of this.#listeners.get(message.kind) ?? []) {
      try {
        listener(message as never);
      } catch (err) {
        this.#log.error({ err, kind: message.kind }, 'bus listener failed');
      }
    }
  }

  subscribe<K extends BusMessage['kind']>(
    kind: K,
    listener: (message: Extract<BusMessage, { kind: K }>) => void,
  ): () => void {
    const listeners = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }
}
