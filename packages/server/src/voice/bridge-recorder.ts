import type { Sid } from '@tutti/ids';
import type { AudioBridge } from '@tutti/media';
import { WavFile, type Recorded } from './wav-file.ts';

/** Writes everything heard in a bridge to a WAV file. */
export class BridgeRecorder {
  readonly sid: Sid<'ME'>;
  readonly #stopListening: () => void;
  readonly #file: WavFile;

  constructor(bridge: AudioBridge, sid: Sid<'ME'>, path: Promise<string>) {
    this.sid = sid;
    this.#file = new WavFile(path, 1);
    this.#stopListening = bridge.onMix((frame) => this.#file.write(frame));
  }

  /** Stops and completes the file. @throws Error of the file system */
  finish(): Promise<Recorded> {
    this.#stopListening();
    return this.#file.finish();
  }
}
