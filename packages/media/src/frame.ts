/** Every leg, bridge and source works at this rate. RFC 3551 §4.5.14 (PCMA and PCMU). */
export const SAMPLE_RATE_HZ = 8000;

/** The packet time of every frame we send, and the length of one tick. RFC 3551 §4.2 */
export const FRAME_MS = 20;

/** Samples in one frame; also RTP timestamp units per frame, since the clock rate is 8000. */
export const FRAME_SAMPLES = (SAMPLE_RATE_HZ * FRAME_MS) / 1000;

/** Clamps a sum of samples to 16 bits. */
export function saturate(value: number): number {
  return value > 32767 ? 32767 : value < -32768 ? -32768 : value;
}
