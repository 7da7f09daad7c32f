/** Where {@link findPeriod} looks. */
export interface PeriodSearch {
  /** Where the sound begins that is compared, and how many samples of it. */
  readonly at: number;
  readonly length: number;
  /** Whether it is compared with what comes one period before it, or after it. */
  readonly side: 'before' | 'after';
  readonly maxPeriod: number;
}

/** The shortest period searched, 4 ms: shorter ones fit in several times. */
const MIN_PERIOD_SAMPLES = 32;

/** The distance at which sound is most like itself, by normalised cross-correlation. */
export function findPeriod(samples: Int16Array, search: PeriodSearch): number {
  const { at, length, maxPeriod } = search;
  const sign = search.side === 'before' ? -1 : 1;
  let best = maxPeriod;
  let bestLikeness = -Infinity;
  // Of what is compared with; from one period to the next one sample enters and one leaves.
  let energy = 1;
  for (let i = 0; i < length; i += 1) {
    energy += square(samples[at + sign * MIN_PERIOD_SAMPLES + i]);
  }
  for (let period = MIN_PERIOD_SAMPLES; period <= maxPeriod; period += 1) {
    const otherAt = at + sign * period;
    let product = 0;
    for (let i = 0; i < length; i += 1) {
      product += (samples[at + i] ?? 0) * (samples[otherAt + i] ?? 0);
    }
    const likeness = product / Math.sqrt(energy);
    if (likeness > bestLikeness) {
      bestLikeness = likeness;
      best = period;
    }
    energy +=
      sign > 0
        ? square(samples[otherAt + length]) - square(samples[otherAt])
        : square(samples[otherAt - 1]) - square(samples[otherAt + length - 1]);
  }
  return best;
}

function square(sample = 0): number {
  return sample * sample;
}
