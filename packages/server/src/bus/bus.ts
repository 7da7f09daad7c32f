import type { BusMessage } from '../model/bus-message.ts';

/** Carries news to every door of every node. A subscriber that throws harms no other. */
export interface Bus {
  /** Resolves when whoever hears of it is done; rejects when one of them failed, and is to be told again. */
  publish(message: BusMessage): Promise<void>;
  /** Returns what ends the subscription. */
  subscribe<K extends BusMessage['kind']>(
    kind: K,
    listener: (message: Extract<BusMessage, { kind: K }>) => void | Promise<void>,
  ): () => void;
}
