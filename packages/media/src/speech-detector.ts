import { FRAME_MS } from './frame.ts';

/** Mean square of a sine of -45 dBFS: below it a line hums, nobody speaks. */
const SOUND_POWER = (32_767 ** 2 / 2) * 10 ** -4.5;
/** Frames of 20 ms: a click is shorter. */
const STARTS_AFTER = 5;

/** Tells when somebody begins to speak, and when there has been silence for a while. */
export class SpeechDetector {
  /** How long somebody has spoken when it is told. */
  static readonly startsAfterMs = STARTS_AFTER * FRAME_MS;
  readonly #tell: (isSpeaking: boolean) => void;
  readonly #stopsAfter: number;
  #isSpeaking = false;
  /** Frames in a row that say otherwise. */
  #otherwise = 0;

  /** `silenceMs`: what is longer than a breath between words; default a second. */
  constructor(tell: (isSpeaking: boolean) => void, silenceMs = 1000) {
    this.#tell = tell;
    this.#stopsAfter = Math.max(1, Math.ceil(silenceMs / FRAME_MS));
  }

  get isSpeaking(): boolean {
    return this.#isSpeaking;
  }

  /** Takes 20 ms of sound. */
  push(frame: Int16Array): void {
    this.#take(isSound(frame));
  }

  /** Whoever cannot be heard does not speak. */
  pushSilence(): void {
    this.#take(false);
  }

  #take(isLoud: boolean): void {
    this.#otherwise = isLoud === this.#isSpeaking ? 0 : this.#otherwise + 1;
    if (this.#otherwise < (this.#isSpeaking ? this.#stopsAfter : STARTS_AFTER)) return;
    this.#isSpeaking = isLoud;
    this.#otherwise = 0;
    this.#tell(isLoud);
  }
}

/** Whether somebody can be heard in a frame. */
export function isSound(frame: Int16Array | undefined): boolean {
  if (frame === undefined) return false;
  let energy = 0;
  for (const sample of frame) energy += sample * sample;
  return energy > SOUND_POWER * frame.length;
}
