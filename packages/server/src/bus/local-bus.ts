import type { Log } from '../base/log.ts';
import type { BusMessage } from '../model/bus-message.ts';
import type { Bus } from './bus.ts';

/** The bus of a system of one node. */
export class LocalBus implements Bus {
  readonly #listeners = new Map<
    BusMessage['kind'],
    Set<(message: never) => void | Promise<void>>
  >();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  async publish(message: BusMessage): Promise<void> {
    const { kind } = message;
    const listeners = [...(this.#listeners.get(kind) ?? [])];
    const heard = await Promise.allSettled(
      listeners.map(async (listener) => listener(message as never)),
    );
    const failures = heard.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    for (const err of failures) this.#log.error({ err, kind }, 'bus listener failed');
    if (failures.length > 0) throw failures[0];
  }

  subscribe<K extends BusMessage['kind']>(
    kind: K,
    listener: (message: Extract<BusMessage, { kind: K }>) => void | Promise<void>,
  ): () => void {
    const listeners = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }
}
