import { isSound, type AudioBridge } from '@tutti/media';
import type { PauseBehavior } from '../model/bus-message.ts';
import type { RecordingSettings } from '../model/recording.ts';
import { TrimmedFile } from './trimmed-file.ts';
import type { Recorded } from './wav-file.ts';

const SILENCE = new Int16Array(160);

/** Writes what is heard in a bridge to a WAV file of one channel, as long as somebody is in it. */
export class MixRecorder {
  /** What a pause leaves in the file; undefined while it records. */
  paused: PauseBehavior | undefined;
  readonly #file: TrimmedFile;
  readonly #stopListening: () => void;

  constructor(
    bridge: AudioBridge,
    path: Promise<string>,
    { trim }: Pick<RecordingSettings, 'trim'>,
  ) {
    this.#file = new TrimmedFile(path, { channels: 1, trim });
    this.#stopListening = bridge.onMix((frame) => {
      if (this.paused === 'skip') return;
      const heard = this.paused === 'silence' ? SILENCE : frame;
      this.#file.write(heard, isSound(heard));
    });
  }

  /** Stops and completes the file. @throws Error of the file system */
  finish(): Promise<Recorded> {
    this.#stopListening();
    return this.#file.finish();
  }
}
