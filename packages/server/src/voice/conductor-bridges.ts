import type { Sid } from '@tutti/ids';
import { samplesSource, type AudioBridge, type MediaEngine } from '@tutti/media';
import type { Conductor } from '../model/conductor.ts';
import type { BridgeRecorder } from './bridge-recorder.ts';
import type { RecordedBridge } from './keep-recording.ts';
import type { Leg } from './leg.ts';

interface OpenBridge {
  readonly bridge: AudioBridge;
  readonly legs: Set<Leg>;
  recorder: BridgeRecorder | undefined;
}

export interface ConductorBridgesOptions {
  readonly media: MediaEngine;
  /** Begins to record a bridge. */
  readonly record: (bridge: AudioBridge) => BridgeRecorder;
  /** Told when the last leg has left a bridge that was recorded. */
  readonly onRecorded: (recorded: RecordedBridge) => void;
}

/** The bridges of this node: all live calls of one Conductor hear each other. */
export class ConductorBridges {
  readonly #options: ConductorBridgesOptions;
  readonly #open = new Map<string, OpenBridge>();

  constructor(options: ConductorBridgesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Puts a leg into the Conductor's bridge; the returned function takes it out. The last one out closes it. */
  join(conductor: Pick<Conductor, 'sid' | 'accountSid' | 'record'>, leg: Leg): () => void {
    const open = this.#open.get(conductor.sid) ?? this.#openFor(conductor.sid);
    const { bridge, legs } = open;
    legs.add(leg);
    bridge.add(leg.media);
    if (conductor.record === 'on') open.recorder ??= this.#options.record(bridge);
    return () => {
      if (!legs.delete(leg)) return;
      bridge.remove(leg.media);
      if (legs.size > 0) return;
      bridge.close();
      this.#open.delete(conductor.sid);
      const { recorder } = open;
      if (recorder === undefined) return;
      const { sid: conductorSid, accountSid } = conductor;
      this.#options.onRecorded({ conductorSid, accountSid, recorder });
    };
  }

  /** Plays samples into the bridge to their end, or until nobody is there; plays come one after another. */
  async play(conductorSid: Sid<'CN'>, samples: Int16Array): Promise<void> {
    await this.#open.get(conductorSid)?.bridge.play(samplesSource(samples));
  }

  has(conductorSid: Sid<'CN'>): boolean {
    return this.#open.has(conductorSid);
  }

  #openFor(conductorSid: Sid<'CN'>): OpenBridge {
    const bridge = this.#options.media.createBridge();
    const open: OpenBridge = { bridge, legs: new Set(), recorder: undefined };
    this.#open.set(conductorSid, open);
    return open;
  }
}
