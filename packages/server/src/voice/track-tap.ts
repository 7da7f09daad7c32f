import { encodeG711, G711, type LegFrames, type MediaLeg } from '@tutti/media';
import type { StreamTrack } from '../callback/media-stream.ts';

const FRAME_SAMPLES = 160;
const SILENCE = Buffer.alloc(FRAME_SAMPLES, G711.PCMU.silence).toString('base64');

/** What a listener is handed every 20 ms: Base64 of mu-law, of one track. */
type TapListener = (track: StreamTrack, payload: string) => void;

/** Listens to a leg for several streams: each frame is encoded once, however many take it. */
export class TrackTap {
  readonly #leg: MediaLeg;
  readonly #listeners = new Map<TapListener, readonly StreamTrack[]>();
  readonly #bytes = Buffer.alloc(FRAME_SAMPLES);
  #stopListening: (() => void) | undefined;

  constructor(leg: MediaLeg) {
    this.#leg = leg;
  }

  /** Hands `listener` the tracks from now on; the returned function ends that. */
  listen(tracks: readonly StreamTrack[], listener: TapListener): () => void {
    this.#listeners.set(listener, tracks);
    this.#stopListening ??= this.#leg.onFrames((frames) => this.#take(frames));
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stopListening?.();
      this.#stopListening = undefined;
    };
  }

  #take({ said, heard }: LegFrames): void {
    let inbound: string | undefined;
    let outbound: string | undefined;
    for (const [listener, tracks] of this.#listeners) {
      for (const track of tracks) {
        if (track === 'inbound') listener(track, (inbound ??= this.#encode(said)));
        else listener(track, (outbound ??= this.#encode(heard)));
      }
    }
  }

  #encode(frame: Int16Array | undefined): string {
    if (frame === undefined) return SILENCE;
    encodeG711(G711.PCMU, frame, FRAME_SAMPLES, this.#bytes, 0);
    return this.#bytes.toString('base64');
  }
}
