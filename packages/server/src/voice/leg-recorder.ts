import { isSound, type LegFrames, type MediaLeg } from '@tutti/media';
import type { RecordingSettings } from '../model/recording.ts';
import type { PauseBehavior } from '../model/bus-message.ts';
import { TrimmedFile } from './trimmed-file.ts';
import type { Recorded } from './wav-file.ts';

const FRAME_SAMPLES = 160;
const SILENCE = new Int16Array(FRAME_SAMPLES);

/** Writes what one leg says and hears to a WAV file, tick by tick. */
export class LegRecorder {
  /** What a pause leaves in the file; undefined while it records. */
  paused: PauseBehavior | undefined;
  readonly #settings: Pick<RecordingSettings, 'channels' | 'track' | 'trim'>;
  readonly #file: TrimmedFile;
  readonly #stopListening: () => void;
  readonly #frame: Int16Array;

  constructor(
    leg: MediaLeg,
    path: Promise<string>,
    settings: Pick<RecordingSettings, 'channels' | 'track' | 'trim'>,
  ) {
    this.#settings = settings;
    this.#file = new TrimmedFile(path, settings);
    this.#frame = new Int16Array(FRAME_SAMPLES * settings.channels);
    this.#stopListening = leg.onFrames((frames) => this.#take(frames));
  }

  /** Stops and completes the file. @throws Error of the file system */
  finish(): Promise<Recorded> {
    this.#stopListening();
    return this.#file.finish();
  }

  #take({ said, heard }: LegFrames): void {
    if (this.paused === 'skip') return;
    const { track, channels } = this.#settings;
    const isSilent = this.paused === 'silence';
    const inbound = isSilent || track === 'outbound' ? undefined : said;
    const outbound = isSilent || track === 'inbound' ? undefined : heard;
    const hasSound = isSound(inbound) || isSound(outbound);
    if (channels === 1) mix(this.#frame, inbound ?? SILENCE, outbound ?? SILENCE);
    else interleave(this.#frame, inbound ?? SILENCE, outbound ?? SILENCE);
    this.#file.write(this.#frame, hasSound);
  }
}

/** Clipped by hand: what an Int16Array is given beyond its range wraps around. */
function mix(into: Int16Array, a: Int16Array, b: Int16Array): void {
  for (let i = 0; i < FRAME_SAMPLES; i += 1) {
    into[i] = Math.max(-32_768, Math.min(32_767, (a[i] ?? 0) + (b[i] ?? 0)));
  }
}

function interleave(into: Int16Array, left: Int16Array, right: Int16Array): void {
  for (let i = 0; i < FRAME_SAMPLES; i += 1) {
    into[2 * i] = left[i] ?? 0;
    into[2 * i + 1] = right[i] ?? 0;
  }
}
