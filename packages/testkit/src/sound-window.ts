import { ToneMeter } from '@tutti/media';
import { type LoudTone, loudestTones } from './loudest-tones.ts';

const FRAMES = 5;
const FRAME_SAMPLES = 160;
const FULL_SCALE_POWER = 32767 ** 2 / 2;
/** Sounds below are silence: G.711 noise and the tail of an echo lie there. */
const SILENCE_DBFS = -50;
/** Two tones hold all the energy of a key or a ringing tone, and less than half of that of speech. */
const TONAL_SHARE = 0.6;

/** The last 100 ms of what is heard. */
export class SoundWindow {
  readonly #samples = new Int16Array(FRAMES * FRAME_SAMPLES);
  readonly #meter = new ToneMeter();
  /** Frames above silence in a row. */
  #loudFrames = 0;

  /** Takes one frame of 20 ms. */
  push(frame: Int16Array): void {
    this.#samples.copyWithin(0, frame.length);
    this.#samples.set(frame, this.#samples.length - frame.length);
    this.#meter.push(frame);
    this.#loudFrames = levelDbfs(frame) > SILENCE_DBFS ? this.#loudFrames + 1 : 0;
  }

  get energyDbfs(): number {
    return this.#meter.energyDbfs;
  }

  get isLastFrameLoud(): boolean {
    return this.#loudFrames > 0;
  }

  /** Sound all through, and neither a tone nor a pair of them: speech, music or noise. */
  get isLikeSpeech(): boolean {
    if (this.#loudFrames < FRAMES) return false;
    const share = loudestTones(this.#samples, 2).reduce((sum, tone) => sum + tone.share, 0);
    return share < TONAL_SHARE;
  }

  has(frequencyHz: number): boolean {
    return this.#meter.has(frequencyHz);
  }

  /** `-12 dBFS, strongest tone 880 Hz` */
  describe(): string {
    const [tone] = loudestTones(this.#samples, 1);
    return describeSound(this.energyDbfs, tone);
  }
}

function describeSound(energyDbfs: number, tone: LoudTone | undefined): string {
  if (energyDbfs <= SILENCE_DBFS || tone === undefined) return 'silence';
  const share = Math.round(tone.share * 100);
  return `${energyDbfs.toFixed(0)} dBFS, strongest tone ${tone.frequencyHz} Hz with ${share} % of the energy`;
}

function levelDbfs(frame: Int16Array): number {
  let energy = 0;
  for (const sample of frame) energy += sample * sample;
  return 10 * Math.log10(energy / frame.length / FULL_SCALE_POWER);
}
