import { dtmfFrequenciesHz, parseDigits } from './dtmf.ts';
import { FRAME_SAMPLES, SAMPLE_RATE_HZ, saturate } from './frame.ts';

/** Something to play, pulled by the tick: 8 kHz, 16-bit, mono. */
export interface AudioSource {
  /** Fills up to `frame.length` samples and says how many; fewer is the last frame, 0 the end. */
  read(frame: Int16Array): number;
}

/** Each of a key's two tones, below full scale. */
const DTMF_LEVEL_DBFS = -10;

/** Nothing, for a while. */
export function silenceSource(durationMs: number): AudioSource {
  return new GeneratedSource(samplesOf(durationMs), (frame, length) => frame.fill(0, 0, length));
}

/** Sine tones sounding together. A full-scale sine is 0 dBFS; `levelDbfs` is that of each tone. */
export function toneSource(tone: {
  readonly frequenciesHz: readonly number[];
  readonly durationMs: number;
  readonly levelDbfs: number;
}): AudioSource {
  const { frequenciesHz, levelDbfs } = tone;
  return new GeneratedSource(samplesOf(tone.durationMs), (frame, length, position) => {
    fillTones(frame, length, frequenciesHz, levelDbfs, position);
  });
}

/**
 * The in-band tones of a dialled string, 100 ms each and 100 ms apart; `w` and `W` pause.
 *
 * @throws MediaError `INVALID_DIGITS`.
 */
export function dtmfSource(digits: string): AudioSource {
  return sequenceSource(
    parseDigits(digits).flatMap((step) => {
      if (step.kind === 'pause') {
        return [generatedFrames(step.frames, (frame, length) => frame.fill(0, 0, length))];
      }
      return [
        generatedFrames(step.frames, (frame, length, position) =>
          fillDtmf(frame, length, step.key, position),
        ),
        generatedFrames(step.gapFrames, (frame, length) => frame.fill(0, 0, length)),
      ];
    }),
  );
}

/** Recorded or decoded samples at 8 kHz. The array is read in place. */
export function samplesSource(samples: Int16Array): AudioSource {
  return new GeneratedSource(samples.length, (frame, length, position) => {
    frame.set(samples.subarray(position, position + length));
  });
}

/** Plays what `factory` makes `times` times over without a gap; 0 is until stopped. */
export function loopSource(factory: () => AudioSource, times: number): AudioSource {
  let remaining = times === 0 ? Infinity : times;
  let current: AudioSource | undefined;
  return {
    read(frame) {
      let filled = 0;
      while (filled < frame.length) {
        const isFresh = current === undefined;
        if (isFresh) {
          if (remaining <= 0) {
            break;
          }
          remaining -= 1;
        }
        current ??= factory();
        const target = filled === 0 ? frame : frame.subarray(filled);
        const count = current.read(target);
        filled += count;
        if (count < target.length) {
          current = undefined;
        }
        if (count === 0 && isFresh) {
          break; // An empty source would loop for ever within one frame.
        }
      }
      return filled;
    },
  };
}

/** Writes `length` samples of a key's tones, `position` samples after its start. ITU-T Q.23 */
export function fillDtmf(frame: Int16Array, length: number, key: string, position: number): void {
  fillTones(frame, length, dtmfFrequenciesHz(key), DTMF_LEVEL_DBFS, position);
}

type Fill = (frame: Int16Array, length: number, position: number) => void;

/** A source of known length whose samples depend only on their position. */
class GeneratedSource implements AudioSource {
  readonly #length: number;
  readonly #fill: Fill;
  #position = 0;

  constructor(length: number, fill: Fill) {
    this.#length = length;
    this.#fill = fill;
  }

  read(frame: Int16Array): number {
    const length = Math.min(frame.length, this.#length - this.#position);
    if (length > 0) {
      this.#fill(frame, length, this.#position);
      this.#position += length;
    }
    return length;
  }
}

function generatedFrames(frames: number, fill: Fill): AudioSource {
  return new GeneratedSource(frames * FRAME_SAMPLES, fill);
}

/** Plays one after another, without a gap. */
export function sequenceSource(sources: readonly AudioSource[]): AudioSource {
  let index = 0;
  return {
    read(frame) {
      let filled = 0;
      for (let source = sources[index]; source !== undefined; source = sources[index]) {
        const target = filled === 0 ? frame : frame.subarray(filled);
        const count = source.read(target);
        filled += count;
        if (count === target.length) {
          break;
        }
        index += 1;
      }
      return filled;
    },
  };
}

function fillTones(
  frame: Int16Array,
  length: number,
  frequenciesHz: readonly number[],
  levelDbfs: number,
  position: number,
): void {
  const amplitude = 32767 * 10 ** (levelDbfs / 20);
  for (let i = 0; i < length; i += 1) {
    let sum = 0;
    for (const frequencyHz of frequenciesHz) {
      sum += Math.sin((2 * Math.PI * frequencyHz * (position + i)) / SAMPLE_RATE_HZ);
    }
    frame[i] = saturate(Math.round(sum * amplitude));
  }
}

function samplesOf(durationMs: number): number {
  return Math.round((durationMs * SAMPLE_RATE_HZ) / 1000);
}
