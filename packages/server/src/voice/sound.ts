/** Mean square of a sine of -45 dBFS: below it a line hums, nobody speaks. */
const SOUND_POWER = (32_767 ** 2 / 2) * 10 ** -4.5;

/** Whether somebody can be heard in a frame. */
export function isSound(frame: Int16Array | undefined): boolean {
  if (frame === undefined) return false;
  let energy = 0;
  for (const sample of frame) energy += sample * sample;
  return energy > SOUND_POWER * frame.length;
}
