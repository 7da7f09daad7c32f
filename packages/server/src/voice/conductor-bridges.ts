import { samplesSource, type AudioBridge, type MediaEngine } from '@tutti/media';
import type { Leg } from './leg.ts';

interface OpenBridge {
  readonly bridge: AudioBridge;
  readonly legs: Set<Leg>;
}

/** The bridges of this node: all live calls of one Conductor hear each other. */
export class ConductorBridges {
  readonly #media: MediaEngine;
  readonly #open = new Map<string, OpenBridge>();

  constructor(media: MediaEngine) {
    this.#media = media;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Puts a leg into the Conductor's bridge; the returned function takes it out. The last one out closes it. */
  join(conductorSid: string, leg: Leg): () => void {
    let open = this.#open.get(conductorSid);
    if (open === undefined) {
      open = { bridge: this.#media.createBridge(), legs: new Set() };
      this.#open.set(conductorSid, open);
    }
    const { bridge, legs } = open;
    legs.add(leg);
    bridge.add(leg.media);
    return () => {
      if (!legs.delete(leg)) return;
      bridge.remove(leg.media);
      if (legs.size > 0) return;
      bridge.close();
      this.#open.delete(conductorSid);
    };
  }

  /** Plays samples into the bridge, after what plays there already; does nothing when nobody is there. */
  play(conductorSid: string, samples: Int16Array): void {
    void this.#open.get(conductorSid)?.bridge.play(samplesSource(samples));
  }

  has(conductorSid: string): boolean {
    return this.#open.has(conductorSid);
  }
}
