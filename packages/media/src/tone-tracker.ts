import { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE_HZ } from './frame.ts';
import { Goertzel } from './goertzel.ts';

/** One steady tone and nothing else. */
export interface SteadyTone {
  readonly frequencyHz: number;
  readonly durationMs: number;
}

/** Mean square of a sine of -40 dBFS. */
const MIN_POWER = (32_767 ** 2 / 2) * 10 ** -4;
/** Voices below have a first harmonic that stands alone at times. */
const MIN_FREQUENCY_HZ = 350;
const MAX_FREQUENCY_HZ = 3000;
/** So much of all energy is in the tone. */
const MIN_SHARE = 0.9;
/** A voice moves more within 20 ms to 40 ms. */
const MAX_DRIFT_HZ = 12;
/** Frames that may miss: the phase of an answer tone is reversed each 450 ms. ITU-T V.8 §3.1 */
const MISSES_MAX = 1;

/** Tells, of sound given 20 ms at a time, how long a single steady tone is heard. */
export class ToneTracker {
  #tone: SteadyTone | undefined;
  #misses = 0;

  /** Takes a frame; the tone that it belongs to, and the one that has ended with it. */
  push(frame: Int16Array | undefined): {
    readonly current: SteadyTone | undefined;
    readonly ended: SteadyTone | undefined;
  } {
    const before = this.#tone;
    const frequencyHz = frame && frequencyOf(frame);
    if (
      before !== undefined &&
      frequencyHz !== undefined &&
      Math.abs(frequencyHz - before.frequencyHz) <= MAX_DRIFT_HZ
    ) {
      const durationMs = before.durationMs + FRAME_MS * (1 + this.#misses);
      this.#misses = 0;
      this.#tone = { frequencyHz: before.frequencyHz, durationMs };
      return { current: this.#tone, ended: undefined };
    }
    if (before !== undefined && this.#misses < MISSES_MAX) {
      this.#misses += 1;
      return { current: before, ended: undefined };
    }
    this.#misses = 0;
    this.#tone = frequencyHz === undefined ? undefined : { frequencyHz, durationMs: FRAME_MS };
    return { current: this.#tone, ended: before };
  }
}

/**
 * The frequency of a frame that is one tone. Of a sine x[n+1] + x[n-1] is 2 cos(w) x[n]: the factor that fits best says
 * where it would be, the energy there whether it is one.
 */
function frequencyOf(frame: Int16Array): number | undefined {
  let product = 0;
  let energy = 0;
  let total = 0;
  for (let i = 0; i < FRAME_SAMPLES; i += 1) {
    const sample = frame[i] ?? 0;
    total += sample * sample;
    if (i === 0 || i === FRAME_SAMPLES - 1) continue;
    product += sample * ((frame[i - 1] ?? 0) + (frame[i + 1] ?? 0));
    energy += sample * sample;
  }
  if (total < MIN_POWER * FRAME_SAMPLES) return undefined;
  const cosine = product / energy / 2;
  if (Math.abs(cosine) >= 1) return undefined;
  const frequencyHz = (Math.acos(cosine) * SAMPLE_RATE_HZ) / (2 * Math.PI);
  if (frequencyHz < MIN_FREQUENCY_HZ || frequencyHz > MAX_FREQUENCY_HZ) return undefined;
  const goertzel = new Goertzel(frequencyHz);
  for (const sample of frame) goertzel.push(sample);
  const share = (goertzel.take(FRAME_SAMPLES) * FRAME_SAMPLES) / total;
  return share >= MIN_SHARE ? frequencyHz : undefined;
}
