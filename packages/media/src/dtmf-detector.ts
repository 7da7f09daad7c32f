import { DTMF_GRID, DTMF_HIGH_HZ, DTMF_LOW_HZ } from './dtmf.ts';
import { Goertzel } from './goertzel.ts';

/** 12.75 ms: a 40 ms key holds two whole blocks wherever it begins. */
const BLOCK_SAMPLES = 102;
/** Mean square of a tone at -39 dBFS, well below what ITU-T Q.24 asks receivers to take. */
const MIN_TONE_POWER = 32768 ** 2 / 2 / 10 ** 3.9;
/** The high tone may be 4 dB stronger than the low, the low 8 dB stronger. ITU-T Q.24 table A-1 */
const MAX_HIGH_OVER_LOW = 10 ** 0.5;
const MAX_LOW_OVER_HIGH = 10 ** 0.9;
/** Each tone stands 8 dB above the others of its group. */
const MIN_OVER_GROUP = 10 ** 0.8;
/** Share of all energy in the two tones: speech has much elsewhere. */
const MIN_SHARE = 0.7;
/** Blocks in a row that must agree on a key, or on its end. */
const AGREEING_BLOCKS = 2;

/**
 * Hears DTMF keys in audio, once per press.
 *
 * Thresholds follow ITU-T Q.24: keys from 40 ms with pauses from 40 ms, frequencies within 1.5 %.
 * Its demand to refuse frequencies 3.5 % off is not met: blocks this short cannot tell them apart.
 */
export class DtmfDetector {
  readonly #onDigit: (digit: string) => void;
  readonly #low = DTMF_LOW_HZ.map((frequencyHz) => new Goertzel(frequencyHz));
  readonly #high = DTMF_HIGH_HZ.map((frequencyHz) => new Goertzel(frequencyHz));
  readonly #lowPower = [0, 0, 0, 0];
  readonly #highPower = [0, 0, 0, 0];
  #count = 0;
  #energy = 0;
  /** What the last blocks said, and how many of them in a row. */
  #candidate: string | undefined;
  #agreeing = 0;
  /** The key now held down. */
  #pressed: string | undefined;

  constructor(onDigit: (digit: string) => void) {
    this.#onDigit = onDigit;
  }

  /** Takes samples at 8 kHz, any number at a time. */
  push(frame: Int16Array): void {
    for (const sample of frame) {
      this.#energy += sample * sample;
      for (let i = 0; i < 4; i += 1) {
        this.#low[i]?.push(sample);
        this.#high[i]?.push(sample);
      }
      this.#count += 1;
      if (this.#count === BLOCK_SAMPLES) {
        this.#endBlock();
      }
    }
  }

  #endBlock(): void {
    for (let i = 0; i < 4; i += 1) {
      this.#lowPower[i] = this.#low[i]?.take(BLOCK_SAMPLES) ?? 0;
      this.#highPower[i] = this.#high[i]?.take(BLOCK_SAMPLES) ?? 0;
    }
    const heard = this.#judge(this.#energy / BLOCK_SAMPLES);
    this.#count = 0;
    this.#energy = 0;
    this.#agreeing = heard === this.#candidate ? this.#agreeing + 1 : 1;
    this.#candidate = heard;
    if (this.#agreeing >= AGREEING_BLOCKS && heard !== this.#pressed) {
      this.#pressed = heard;
      if (heard !== undefined) {
        this.#onDigit(heard);
      }
    }
  }

  #judge(meanSquare: number): string | undefined {
    const row = strongest(this.#lowPower);
    const column = strongest(this.#highPower);
    const low = this.#lowPower[row] ?? 0;
    const high = this.#highPower[column] ?? 0;
    const isKey =
      low > MIN_TONE_POWER &&
      high > MIN_TONE_POWER &&
      high < low * MAX_HIGH_OVER_LOW &&
      low < high * MAX_LOW_OVER_HIGH &&
      low + high > meanSquare * MIN_SHARE &&
      standsOut(this.#lowPower, row) &&
      standsOut(this.#highPower, column);
    return isKey ? DTMF_GRID[row * 4 + column] : undefined;
  }
}

function strongest(powers: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < powers.length; i += 1) {
    if ((powers[i] ?? 0) > (powers[best] ?? 0)) {
      best = i;
    }
  }
  return best;
}

function standsOut(powers: readonly number[], best: number): boolean {
  const limit = (powers[best] ?? 0) / MIN_OVER_GROUP;
  return powers.every((power, index) => index === best || power < limit);
}
