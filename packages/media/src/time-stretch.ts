import { FRAME_SAMPLES } from './frame.ts';
import { findPeriod } from './pitch.ts';

/** Over which one period gives way to the next. */
const BLEND_SAMPLES = 64;
/** The longest period that one frame has room to repeat. */
const MAX_STRETCH_SAMPLES = FRAME_SAMPLES - BLEND_SAMPLES;

const SEARCH = {
  at: 0,
  length: BLEND_SAMPLES,
  side: 'after',
  maxPeriod: MAX_STRETCH_SAMPLES,
} as const;

/** Samples that shortening needs to have before it. */
export const SHORTEN_INPUT_SAMPLES = FRAME_SAMPLES + MAX_STRETCH_SAMPLES;

/**
 * Makes a frame of the first `SHORTEN_INPUT_SAMPLES` of `input` with one pitch period left out.
 * Answers how many samples that used up, more than a frame.
 */
export function shorten(input: Int16Array, frame: Int16Array): number {
  const period = findPeriod(input, SEARCH);
  for (let i = 0; i < FRAME_SAMPLES; i += 1) {
    const weight = Math.min(1, (i + 1) / (BLEND_SAMPLES + 1));
    frame[i] = (input[i] ?? 0) * (1 - weight) + (input[i + period] ?? 0) * weight;
  }
  return FRAME_SAMPLES + period;
}

/**
 * Makes a frame of `input` with one pitch period played twice. Answers how many samples that used
 * up, less than a frame.
 */
export function lengthen(input: Int16Array, frame: Int16Array): number {
  const period = findPeriod(input, SEARCH);
  for (let i = 0; i < FRAME_SAMPLES; i += 1) {
    const weight = Math.max(0, Math.min(1, (i - period + 1) / (BLEND_SAMPLES + 1)));
    frame[i] = (input[i] ?? 0) * (1 - weight) + (input[i - period] ?? 0) * weight;
  }
  return FRAME_SAMPLES - period;
}
