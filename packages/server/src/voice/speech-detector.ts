/** Mean square of a sine of -45 dBFS: below it a line hums, nobody speaks. */
const SPEECH_POWER = (32_767 ** 2 / 2) * 10 ** -4.5;
/** Frames of 20 ms: a click is shorter than the first, a breath between words than the second. */
const STARTS_AFTER = 5;
const STOPS_AFTER = 50;

/** Tells when somebody begins to speak, and when there has been silence for a second. */
export class SpeechDetector {
  readonly #tell: (isSpeaking: boolean) => void;
  #isSpeaking = false;
  /** Frames in a row that say otherwise. */
  #otherwise = 0;

  constructor(tell: (isSpeaking: boolean) => void) {
    this.#tell = tell;
  }

  push(frame: Int16Array): void {
    let energy = 0;
    for (const sample of frame) energy += sample * sample;
    this.#take(energy > SPEECH_POWER * frame.length);
  }

  /** Whoever cannot be heard does not speak. */
  pushSilence(): void {
    this.#take(false);
  }

  #take(isLoud: boolean): void {
    this.#otherwise = isLoud === this.#isSpeaking ? 0 : this.#otherwise + 1;
    if (this.#otherwise < (this.#isSpeaking ? STOPS_AFTER : STARTS_AFTER)) return;
    this.#isSpeaking = isLoud;
    this.#otherwise = 0;
    this.#tell(isLoud);
  }
}
