import { SAMPLE_RATE_HZ } from './frame.ts';
import { Goertzel } from './goertzel.ts';

/** 100 ms: tones 10 Hz apart are told apart. */
const WINDOW_SAMPLES = SAMPLE_RATE_HZ / 10;
/** Mean square of a full-scale sine, the zero of dBFS. AES17 */
const FULL_SCALE_POWER = 32767 ** 2 / 2;
/** A tone this much of all energy (-7 dB) is dominant: up to four equal voices of a mix are. */
const DOMINANT_SHARE = 0.2;
/** Below -55 dBFS nothing is a tone; G.711 noise lies there. */
const MIN_TONE_POWER = FULL_SCALE_POWER / 10 ** 5.5;

/** Says what was heard in the last 100 ms: how loud, and whether a tone was in it. */
export class ToneMeter {
  readonly #window = new Int16Array(WINDOW_SAMPLES);
  #position = 0;

  /** Takes samples at 8 kHz, any number at a time. */
  push(frame: Int16Array): void {
    for (const sample of frame) {
      this.#window[this.#position] = sample;
      this.#position = (this.#position + 1) % WINDOW_SAMPLES;
    }
  }

  /** Loudness of the last 100 ms; a full-scale sine is 0, silence is -Infinity. */
  get energyDbfs(): number {
    return 10 * Math.log10(this.#meanSquare() / FULL_SCALE_POWER);
  }

  /** Whether a tone of this frequency (within about 5 Hz) dominates the last 100 ms. */
  has(frequencyHz: number): boolean {
    const goertzel = new Goertzel(frequencyHz);
    for (let i = 0; i < WINDOW_SAMPLES; i += 1) {
      goertzel.push(this.#window[(this.#position + i) % WINDOW_SAMPLES] ?? 0);
    }
    const power = goertzel.take(WINDOW_SAMPLES);
    return power > MIN_TONE_POWER && power > this.#meanSquare() * DOMINANT_SHARE;
  }

  #meanSquare(): number {
    let energy = 0;
    for (const sample of this.#window) {
      energy += sample * sample;
    }
    return energy / WINDOW_SAMPLES;
  }
}
