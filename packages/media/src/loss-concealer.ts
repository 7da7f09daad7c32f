import { FRAME_SAMPLES } from './frame.ts';
import { findPeriod } from './pitch.ts';

/** What was played last: what is compared, and the longest period before it. */
const HISTORY_SAMPLES = 2 * FRAME_SAMPLES;
/** Where the last 20 ms are looked for in what was before them. */
const SEARCH = {
  at: HISTORY_SAMPLES - FRAME_SAMPLES,
  length: FRAME_SAMPLES,
  side: 'before',
  maxPeriod: 128,
} as const;
/** Sounds in full for 10 ms, then fades to nothing at 60 ms. ITU-T G.711 Appendix I */
const FULL_SAMPLES = 80;
const FADED_SAMPLES = 480;
/** Over which what was made up gives way to what came: 5 ms. */
const MERGE_SAMPLES = 40;

/**
 * Hides lost audio: repeats the last pitch period with a fade, and blends back into the audio that
 * comes after. In the manner of ITU-T G.711 Appendix I, without its delay of 3.75 ms.
 */
export class LossConcealer {
  readonly #history = new Int16Array(HISTORY_SAMPLES);
  readonly #merge = new Int16Array(MERGE_SAMPLES);
  #period = 0;
  /** Samples made up since the last that came; 0 while nothing is missing. */
  #madeUp = 0;
  #hasHistory = false;

  /** Forgets the past: the next loss is silence. */
  restart(): void {
    this.#hasHistory = false;
    this.#madeUp = 0;
  }

  /** Takes what came, before it is played; after a loss its beginning is blended. */
  heard(frame: Int16Array): void {
    if (this.#madeUp > 0) {
      const merge = this.#merge;
      this.#makeUp(merge);
      for (let i = 0; i < MERGE_SAMPLES; i += 1) {
        const weight = (i + 1) / (MERGE_SAMPLES + 1);
        frame[i] = (frame[i] ?? 0) * weight + (merge[i] ?? 0) * (1 - weight);
      }
      this.#madeUp = 0;
    }
    this.#history.copyWithin(0, FRAME_SAMPLES);
    this.#history.set(frame, HISTORY_SAMPLES - FRAME_SAMPLES);
    this.#hasHistory = true;
  }

  /** Fills a frame in place of one that is missing. */
  conceal(frame: Int16Array): void {
    if (!this.#hasHistory || this.#madeUp >= FADED_SAMPLES) {
      frame.fill(0);
      return;
    }
    if (this.#madeUp === 0) {
      this.#period = findPeriod(this.#history, SEARCH);
    }
    this.#makeUp(frame);
  }

  #makeUp(frame: Int16Array): void {
    const history = this.#history;
    const period = this.#period;
    const { length } = frame;
    const left = FADED_SAMPLES - this.#madeUp;
    let at = HISTORY_SAMPLES - period + (this.#madeUp % period);
    for (let i = 0; i < length; i += 1) {
      const level = (left - i) / (FADED_SAMPLES - FULL_SAMPLES);
      frame[i] = level <= 0 ? 0 : (history[at] ?? 0) * Math.min(1, level);
      at = at + 1 === HISTORY_SAMPLES ? HISTORY_SAMPLES - period : at + 1;
    }
    this.#madeUp += length;
  }
}
