import type { SoundWindow } from './sound-window.ts';

/** What a phone can be asked to hear. */
export type Sound =
  /** A tone of this frequency in Hz that dominates for 100 ms. */
  | { readonly tone: number }
  /** Speech, music or noise for a moment: loud, and no tones. */
  | { readonly speech: true }
  /** Nothing above -50 dBFS for 300 ms. */
  | { readonly silence: true }
  /** These keys, after those of an earlier `hears({ digits })`. */
  | { readonly digits: string };

/** Decides, frame by frame from now on, whether the sound has been heard. */
export interface SoundTest {
  readonly name: string;
  /** True: heard. */
  onFrame(window: SoundWindow): boolean;
}

const SILENT_FRAMES = 15;
const FRAMES_PER_WINDOW = 5;
/** A word is longer; a change from one tone to another is over within one. */
const SPEECH_WINDOWS = 2;

/** Of every sound but keys, which are no audio. */
export function createSoundTest(sound: Exclude<Sound, { readonly digits: string }>): SoundTest {
  if ('tone' in sound) {
    const { tone } = sound;
    return { name: `a tone of ${tone} Hz`, onFrame: (window) => window.has(tone) };
  }
  if ('silence' in sound) {
    let frames = 0;
    return {
      name: 'silence',
      onFrame: (window) => {
        frames = window.isLastFrameLoud ? 0 : frames + 1;
        return frames >= SILENT_FRAMES;
      },
    };
  }
  let frames = 0;
  let windows = 0;
  return {
    name: 'speech',
    onFrame: (window) => {
      frames += 1;
      if (frames % FRAMES_PER_WINDOW === 0 && window.isLikeSpeech) windows += 1;
      return windows >= SPEECH_WINDOWS;
    },
  };
}
