import { FRAME_MS, FRAME_SAMPLES } from './frame.ts';
import { ToneTracker } from './tone-tracker.ts';

/**
 * Who answered. Of a machine: `machine-start` once that is known, or, when the end of its greeting is waited for, how it
 * ended: with a beep, in silence, or not within the time given.
 */
export type AnswerVerdict =
  | 'human'
  | 'fax'
  | 'unknown'
  | 'machine-start'
  | 'machine-end-beep'
  | 'machine-end-silence'
  | 'machine-end-other';

export interface AnswerDetectorOptions {
  /** Whether the end of a machine's greeting is waited for; default false. */
  readonly untilMessageEnd?: boolean | undefined;
  /** After which nothing is waited for any more. */
  readonly timeoutMs: number;
  /** Who speaks longer at a stretch is a machine. */
  readonly speechThresholdMs: number;
  /** So much silence ends a stretch of speech. */
  readonly speechEndThresholdMs: number;
  /** So much silence at first leaves it open who is there. */
  readonly silenceTimeoutMs: number;
}

/** Mean square of a sine of -45 dBFS: below it a line hums, nobody speaks. */
const SPEECH_POWER = (32_767 ** 2 / 2) * 10 ** -4.5;
/** Speech is so much louder than what is always there: 10 dB. */
const ABOVE_NOISE = 10;
/** How fast the noise is taken to grow: 3 dB a second. A noise that goes is believed at once. */
const NOISE_GROWTH = 2 ** (FRAME_MS / 1000);
/** A click is shorter. */
const WORD_MIN_MS = 60;
/** Beeps of machines are longer, and those of a line at the answer shorter. */
const BEEP_MIN_MS = 160;
/** What a fax answers with: 2100 Hz for 2.6 to 4 s. ITU-T T.30 §4.3.3.2 */
const CED = { frequencyHz: 2100, toleranceHz: 25, minMs: 1000, maxMs: Infinity };
/** What a fax calls with: 1100 Hz for half a second, then again and again. ITU-T T.30 §4.3.3.1 */
const CNG = { frequencyHz: 1100, toleranceHz: 38, minMs: 420, maxMs: 600 };

/**
 * Tells from the first sound of an answered call who is there, by what they all have in common: a person says little and
 * waits for an answer, a machine greets at length and beeps, a fax whistles.
 */
export class AnswerDetector {
  readonly #options: AnswerDetectorOptions;
  readonly #tone = new ToneTracker();
  #elapsedMs = 0;
  #noise = SPEECH_POWER;
  /** Where the stretch of speech begins and ends that is heard, or was heard last. */
  #speechFromMs: number | undefined;
  #speechUntilMs = 0;
  /** How long what may become a word lasts. */
  #loudMs = 0;
  #isMachine = false;
  #verdict: AnswerVerdict | undefined;

  constructor(options: AnswerDetectorOptions) {
    this.#options = options;
  }

  /** Sound heard so far. */
  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  /** Takes the next 20 ms, undefined for silence; who is there once that is known. The first verdict stands. */
  push(frame: Int16Array | undefined): AnswerVerdict | undefined {
    if (this.#verdict !== undefined) return this.#verdict;
    this.#elapsedMs += FRAME_MS;
    const tone = this.#tone.push(frame);
    this.#verdict = this.#ofTone(tone.current, tone.ended);
    // A tone is nobody's voice.
    if (tone.current === undefined) this.#listen(frame);
    this.#verdict ??= this.#ofSpeech(tone.current !== undefined) ?? this.#ofTime();
    return this.#verdict;
  }

  #ofTone(
    current: { readonly frequencyHz: number; readonly durationMs: number } | undefined,
    ended: { readonly frequencyHz: number; readonly durationMs: number } | undefined,
  ): AnswerVerdict | undefined {
    if (current !== undefined && isOf(CED, current)) return 'fax';
    if (ended === undefined || ended.durationMs < BEEP_MIN_MS) return undefined;
    if (this.#speechFromMs === undefined && isOf(CNG, ended)) return 'fax';
    return this.#options.untilMessageEnd === true ? 'machine-end-beep' : 'machine-start';
  }

  #listen(frame: Int16Array | undefined): void {
    const power = frame === undefined ? 0 : meanSquare(frame);
    this.#noise = Math.max(1, Math.min(power, this.#noise * NOISE_GROWTH));
    const isLoud = power > SPEECH_POWER && power > this.#noise * ABOVE_NOISE;
    this.#loudMs = isLoud ? this.#loudMs + FRAME_MS : 0;
    if (this.#loudMs < WORD_MIN_MS) return;
    this.#speechFromMs ??= this.#elapsedMs - this.#loudMs;
    this.#speechUntilMs = this.#elapsedMs;
  }

  #ofSpeech(hasTone: boolean): AnswerVerdict | undefined {
    const { untilMessageEnd, speechThresholdMs, speechEndThresholdMs } = this.#options;
    if (this.#speechFromMs === undefined) return undefined;
    if (this.#speechUntilMs - this.#speechFromMs > speechThresholdMs) {
      this.#isMachine = true;
      if (untilMessageEnd !== true) return 'machine-start';
    }
    // What may yet prove to be the beep is waited for.
    const isOver = this.#elapsedMs - this.#speechUntilMs >= speechEndThresholdMs && !hasTone;
    if (!isOver) return undefined;
    return this.#isMachine ? 'machine-end-silence' : 'human';
  }

  #ofTime(): AnswerVerdict | undefined {
    const { timeoutMs, silenceTimeoutMs } = this.#options;
    const isSilent = this.#speechFromMs === undefined && this.#elapsedMs >= silenceTimeoutMs;
    if (isSilent) return 'unknown';
    if (this.#elapsedMs < timeoutMs) return undefined;
    return this.#isMachine ? 'machine-end-other' : 'unknown';
  }
}

function isOf(
  signal: typeof CED,
  tone: { readonly frequencyHz: number; readonly durationMs: number },
): boolean {
  return (
    Math.abs(tone.frequencyHz - signal.frequencyHz) <= signal.toleranceHz &&
    tone.durationMs >= signal.minMs &&
    tone.durationMs <= signal.maxMs
  );
}

function meanSquare(frame: Int16Array): number {
  let energy = 0;
  for (const sample of frame) energy += sample * sample;
  return energy / FRAME_SAMPLES;
}
