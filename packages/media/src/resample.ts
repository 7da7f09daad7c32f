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
  const filters = buildFilters(phases, halfTaps, bandwidth);
  // Silence on both sides, and doubles: the inner loop is bare multiplying and adding.
  const padded = new Float64Array(samples.length + 2 * taps);
  padded.set(samples, taps);
  const output = new Int16Array(Math.round(samples.length / ratio));
  for (let n = 0; n < output.length; n += 1) {
    const nearest = Math.round(n * ratio * phases);
    const base = Math.floor(nearest / phases);
    const filterAt = (nearest - base * phases) * taps;
    const firstSample = taps + base - halfTaps + 1;
    let even = 0;
    let odd = 0;
    for (let tap = 0; tap < taps; tap += 2) {
      even += (padded[firstSample + tap] ?? 0) * (filters[filterAt + tap] ?? 0);
      odd += (padded[firstSample + tap + 1] ?? 0) * (filters[filterAt + tap + 1] ?? 0);
    }
    output[n] = saturate(Math.round(even + odd));
  }
  return output;
}

/** One filter per position between two source samples, each with a gain of one. */
function buildFilters(phases: number, halfTaps: number, bandwidth: number): Float64Array {
  const taps = 2 * halfTaps;
  const filters = new Float64Array(phases * taps);
  for (let phase = 0; phase < phases; phase += 1) {
    let gain = 0;
    for (let tap = 0; tap < taps; tap += 1) {
      const distance = tap - halfTaps + 1 - phase / phases;
      const value = sinc(distance * bandwidth) * kaiser(distance / halfTaps);
      filters[phase * taps + tap] = value;
      gain += value;
    }
    for (let tap = 0; tap < taps; tap += 1) {
      filters[phase * taps + tap] = (filters[phase * taps + tap] ?? 0) / gain;
    }
  }
  return filters;
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
