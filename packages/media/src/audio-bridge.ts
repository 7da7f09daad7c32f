import type { AudioSource } from './audio-source.ts';
import type { BridgeMixer } from './bridge-mixer.ts';
import { legRuntimeOf } from './media-leg.ts';
import type { MediaLeg } from './media-leg.ts';
import type { LegRuntime } from './leg-runtime.ts';
import type { PlayEnd, PlayOptions } from './play-queue.ts';

/** How a leg takes part in a bridge. */
export interface AddLegOptions {
  /** Hears, but is not heard; default false. */
  readonly muted?: boolean | undefined;
  /** Is heard by that leg alone, while it is in the bridge, and hears everyone; default everyone hears it. */
  readonly heardOnlyBy?: MediaLeg | undefined;
}

/** Joins legs so that each hears all the others. Made by `MediaEngine.createBridge`. */
export class AudioBridge {
  readonly #mixer: BridgeMixer;
  readonly #onClose: () => void;
  readonly #runtimes = new Set<LegRuntime>();
  #closed = false;

  constructor(mixer: BridgeMixer, onClose: () => void) {
    this.#mixer = mixer;
    this.#onClose = onClose;
  }

  /** Legs in the bridge. */
  get size(): number {
    return this.#mixer.size;
  }

  /**
   * Adds a leg, taking it out of the bridge it was in. Adding it again changes its options.
   * A closed leg or bridge: does nothing.
   */
  add(leg: MediaLeg, { muted = false, heardOnlyBy }: AddLegOptions = {}): void {
    const runtime = legRuntimeOf(leg);
    if (this.#closed || (!this.#runtimes.has(runtime) && !this.#join(runtime))) {
      return;
    }
    runtime.isMuted = muted;
    runtime.audience = heardOnlyBy && legRuntimeOf(heardOnlyBy);
  }

  /** Takes a leg out; it hears silence then. Does nothing for a leg that is not in it. */
  remove(leg: MediaLeg): void {
    const runtime = legRuntimeOf(leg);
    if (this.#runtimes.has(runtime)) {
      runtime.leaveBridge();
    }
  }

  /** All legs hear the source mixed in. Plays run one after another. */
  play(source: AudioSource, options: PlayOptions = {}): Promise<PlayEnd> {
    return this.#closed ? Promise.resolve('stopped') : this.#mixer.plays.play(source, options);
  }

  /** Calls back with everything heard in the bridge, per tick. The array is reused. */
  onMix(listener: (frame: Int16Array) => void): () => void {
    return this.#mixer.mixListeners.add(listener);
  }

  /** Takes all legs out, without closing them, and stops its plays. May be called again. */
  close(): void {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    for (const runtime of this.#runtimes) {
      runtime.leaveBridge();
    }
    this.#mixer.plays.stopAll();
    this.#mixer.mixListeners.clear();
    this.#onClose();
  }

  #join(runtime: LegRuntime): boolean {
    const joined = runtime.joinBridge(() => {
      this.#runtimes.delete(runtime);
      this.#mixer.remove(runtime);
    });
    if (joined) {
      this.#runtimes.add(runtime);
      this.#mixer.add(runtime);
    }
    return joined;
  }
}
