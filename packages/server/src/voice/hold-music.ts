import { loopSource, toneSource, type AudioSource } from '@tutti/media';

const NOTE_MS = 400;
/** Broken chords of C, A minor, F and G, from C4 up. */
const NOTES_HZ = [
  262, 330, 392, 523, 392, 330, 220, 262, 330, 440, 330, 262, 175, 220, 262, 349, 262, 220, 196,
  247, 294, 392, 294, 247,
];

/** A quiet melody without end, for those who wait: made here, so that it needs no file and nobody's licence. */
export function holdMusic(): AudioSource {
  let at = 0;
  return loopSource(() => {
    const note = NOTES_HZ[at % NOTES_HZ.length] ?? 262;
    at += 1;
    return toneSource({ frequenciesHz: [note], durationMs: NOTE_MS, levelDbfs: -24 });
  }, 0);
}
