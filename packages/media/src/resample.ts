import { saturate } from './frame.ts';

/** Zero crossings of the sinc on each side: the filter's length, and its cost. */
const ZERO_CROSSINGS = 16;
/** Cut-off below the Nyquist frequency of the lower rate: room for the filter's slope. */
const CUTOFF_SHARE = 0.92;
/** Kaiser window: about 63 dB of what lies beyond the new bandwidth is removed. */
const KAISER_BETA = 6;
/** Rates without a small common ratio use the nearest of this many positions between samples. */
const MAX_PHASES = 512;

/**
 * Converts 16-bit mono audio between any two sample rates with a windowed-sinc filter.
 *
 * Costs about 1 ms per second of 22 kHz speech on one core, on the caller's thread.
 */
export function resample(samples: Int16Array, fromRate: number, toRate: number): Int16Array {
  if (fromRate === toRate) {
    return samples.slice();
  }
  const ratio = fromRate / toRate;
  const phases = Math.min(MAX_PHASES, toRate / greatestCommonDivisor(fromRate, toRate));
  const bandwidth = Math.min(1, 1 / ratio) * CUTOFF_SHARE;
  const halfTaps = Math.ceil(ZERO_CROSSINGS / bandwidth);
  const taps = 2 * halfTaps;
  const filters = new Map<number, Float64Array>();
  // Silence on both sides, and doubles: the inner loop is bare multiplying and adding.
  const padded = new Float64Array(samples.length + 2 * taps);
  padded.set(samples, taps);
  const output = new Int16Array(Math.round(samples.length / ratio));
  for (let n = 0; n < output.length; n += 1) {
    const nearest = Math.round(n * ratio * phases);
    const base = Math.floor(nearest / phases);
    const phase = nearest - base * phases;
    let filter = filters.get(phase);
    if (filter === undefined) {
      // Built when met: a short sound at an odd rate needs few of the many there could be.
      filter = buildFilter(phase / phases, halfTaps, bandwidth);
      filters.set(phase, filter);
    }
    const firstSample = taps + base - halfTaps + 1;
    let even = 0;
    let odd = 0;
    for (let tap = 0; tap < taps; tap += 2) {
      even += (padded[firstSample + tap] ?? 0) * (filter[tap] ?? 0);
      odd += (padded[firstSample + tap + 1] ?? 0) * (filter[tap + 1] ?? 0);
    }
    output[n] = saturate(Math.round(even + odd));
  }
  return output;
}

/** The filter of one position between two source samples, with a gain of one. */
function buildFilter(position: number, halfTaps: number, bandwidth: number): Float64Array {
  const filter = new Float64Array(2 * halfTaps);
  let gain = 0;
  for (let tap = 0; tap < filter.length; tap += 1) {
    const distance = tap - halfTaps + 1 - position;
    const value = sinc(distance * bandwidth) * kaiser(distance / halfTaps);
    filter[tap] = value;
    gain += value;
  }
  return filter.map((value) => value / gain);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  const inside = 1 - x * x;
  return inside <= 0 ? 0 : besselI0(KAISER_BETA * Math.sqrt(inside)) / besselI0(KAISER_BETA);
}

/** Modified Bessel function of order zero, by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-10; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
