import type { RecordingSettings } from '../model/recording.ts';
import { WavFile, type Recorded } from './wav-file.ts';

/** A WAV file without the silence at its ends, if it is to be trimmed. */
export class TrimmedFile {
  readonly #file: WavFile;
  readonly #trims: boolean;
  /** Where the last sound ends. */
  #soundUntilMs = 0;

  constructor(
    path: Promise<string>,
    { channels, trim }: Pick<RecordingSettings, 'channels' | 'trim'>,
  ) {
    this.#file = new WavFile(path, channels);
    this.#trims = trim === 'trim-silence';
  }

  /** Adds a frame, those of two channels in turn, in which there is somebody to be heard or not. It is copied. */
  write(frame: Int16Array, hasSound: boolean): void {
    if (this.#trims && !hasSound && this.#soundUntilMs === 0) return;
    this.#file.write(frame);
    if (hasSound) this.#soundUntilMs = this.#file.durationMs;
  }

  /** Completes the file. @throws Error of the file system */
  finish(): Promise<Recorded> {
    return this.#file.finish(this.#trims ? this.#soundUntilMs : undefined);
  }
}
