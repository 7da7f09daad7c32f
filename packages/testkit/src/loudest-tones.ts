const SAMPLE_RATE_HZ = 8000;
const LOWEST_HZ = 100;
const HIGHEST_HZ = 3600;
const STEP_HZ = 10;
/** Bins this near to a stronger one show the same tone. */
const SAME_TONE_HZ = 30;

export interface LoudTone {
  readonly frequencyHz: number;
  /** Part of all energy that is in it, 0 to 1. */
  readonly share: number;
}

/** The strongest tones in 100 ms of audio at 8 kHz, strongest first. */
export function loudestTones(samples: Int16Array, count: number): readonly LoudTone[] {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  if (energy === 0) return [];
  const bins: LoudTone[] = [];
  for (let frequencyHz = LOWEST_HZ; frequencyHz <= HIGHEST_HZ; frequencyHz += STEP_HZ) {
    bins.push({ frequencyHz, share: (power(samples, frequencyHz) * samples.length) / energy });
  }
  bins.sort((a, b) => b.share - a.share);
  const tones: LoudTone[] = [];
  for (const bin of bins) {
    if (tones.length === count) break;
    const isSame = tones.some(
      (tone) => Math.abs(tone.frequencyHz - bin.frequencyHz) <= SAME_TONE_HZ,
    );
    if (!isSame) tones.push(bin);
  }
  return tones;
}

/** Mean square of one frequency's part: Goertzel's algorithm. */
function power(samples: Int16Array, frequencyHz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / SAMPLE_RATE_HZ);
  let previous = 0;
  let beforePrevious = 0;
  for (const sample of samples) {
    const current = sample + coefficient * previous - beforePrevious;
    beforePrevious = previous;
    previous = current;
  }
  const squares = previous ** 2 + beforePrevious ** 2 - coefficient * previous * beforePrevious;
  return (2 * squares) / samples.length ** 2;
}
