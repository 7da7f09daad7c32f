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
  for (let period = MIN_PERIOD_SAMPLES; period <= maxPeriod; period += 1) {
    const otherAt = at + sign * period;
    let product = 0;
    let energy = 1;
    for (let i = 0; i < length; i += 1) {
      const other = samples[otherAt + i] ?? 0;
      product += (samples[at + i] ?? 0) * other;
      energy += other * other;
    }
    const likeness = product / Math.sqrt(energy);
    if (likeness > bestLikeness) {
      bestLikeness = likeness;
      best = period;
    }
  }
  return best;
}
