import { loopSource, silenceSource, toneSource, type AudioSource } from '@tutti/media';

const LEVEL_DBFS = -19;

/** What is heard while it rings, and its cadence: on, off, on, off, … in milliseconds. */
interface RingTone {
  readonly frequenciesHz: readonly number[];
  readonly cadenceMs: readonly number[];
}

/** Most of the world has one tone; only the rhythm differs. ITU-T E.180, Supplement 2 */
const of425 = (...cadenceMs: readonly number[]): RingTone => ({ frequenciesHz: [425], cadenceMs });
const twice = [400, 200, 400, 2000];
const northAmerica: RingTone = { frequenciesHz: [440, 480], cadenceMs: [2000, 4000] };
const commonwealth: RingTone = { frequenciesHz: [400, 450], cadenceMs: twice };

/** By the names of Twilio: voice/twiml/dial#ringtone. The others ring 425 Hz, one second on and four off. */
const tones: Readonly<Record<string, RingTone>> = {
  automatic: northAmerica,
  us: northAmerica,
  'us-old': { frequenciesHz: [420], cadenceMs: [2000, 4000] },
  tw: { frequenciesHz: [440, 480], cadenceMs: [1000, 2000] },
  ph: { frequenciesHz: [425, 480], cadenceMs: [1000, 4000] },
  uk: commonwealth,
  au: commonwealth,
  nz: commonwealth,
  in: { frequenciesHz: [400], cadenceMs: twice },
  za: { frequenciesHz: [400], cadenceMs: twice },
  my: of425(...twice),
  sg: of425(...twice),
  il: { frequenciesHz: [400], cadenceMs: [1000, 3000] },
  cl: { frequenciesHz: [400], cadenceMs: [1000, 3000] },
  jp: { frequenciesHz: [400], cadenceMs: [1000, 2000] },
  th: { frequenciesHz: [400], cadenceMs: [1000, 4000] },
  cn: { frequenciesHz: [450], cadenceMs: [1000, 4000] },
  at: { frequenciesHz: [420], cadenceMs: [1000, 5000] },
  fr: { frequenciesHz: [440], cadenceMs: [1500, 3500] },
  es: of425(1500, 3000),
  be: of425(1000, 3000),
  se: of425(1000, 5000),
  pt: of425(1000, 5000),
  hu: of425(1250, 3750),
  ru: of425(800, 3200),
};

/** The ringing that a caller hears, without end; `name` as in `<Dial ringTone>`. */
export function ringback(name: string): AudioSource {
  const { frequenciesHz, cadenceMs } = tones[name] ?? of425(1000, 4000);
  let step = -1;
  return loopSource(() => {
    step = (step + 1) % cadenceMs.length;
    const durationMs = cadenceMs[step] ?? 0;
    return step % 2 === 0
      ? toneSource({ frequenciesHz, durationMs, levelDbfs: LEVEL_DBFS })
      : silenceSource(durationMs);
  }, 0);
}
