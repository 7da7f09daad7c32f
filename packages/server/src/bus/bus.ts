import type { BusMessage } from '../model/bus-message.ts';

/** Carries news to every door of every node. A subscriber that throws harms no other. */
export interface Bus {
  publish(message: BusMessage): void;
  /** Returns what ends the subscription. */
  subscribe<K extends BusMessage['kind']>(
    kind: K,
    listener: (message: Extract<BusMessage, { kind: K }>) => void,
  ): () => void;
}
