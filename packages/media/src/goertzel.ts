import { SAMPLE_RATE_HZ } from './frame.ts';

/**
 * One bin of a Fourier transform, fed sample by sample.
 *
 * `power` is normalised so that a pure tone of the bin's frequency has its mean square.
 */
export class Goertzel {
  readonly #coefficient: number;
  #previous = 0;
  #beforePrevious = 0;

  constructor(frequencyHz: number) {
    this.#coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / SAMPLE_RATE_HZ);
  }

  push(sample: number): void {
    const current = sample + this.#coefficient * this.#previous - this.#beforePrevious;
    this.#beforePrevious = this.#previous;
    this.#previous = current;
  }

  /** Mean square of the tone over the `count` samples since the last call; starts again. */
  take(count: number): number {
    const a = this.#previous;
    const b = this.#beforePrevious;
    this.#previous = 0;
    this.#beforePrevious = 0;
    return (2 * (a * a + b * b - this.#coefficient * a * b)) / (count * count);
  }
}
