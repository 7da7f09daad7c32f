import { FRAME_MS, FRAME_SAMPLES } from './frame.ts';
import type { RecognitionEngine } from './recognition-engine.ts';
import { SpeechDetector } from './speech-detector.ts';
import { SpeechError } from './speech-engine.ts';

/** What somebody has said, or is saying. */
export interface SpeechResult {
  /** A partial result is replaced by the next, and by the final one of the same utterance. */
  readonly isFinal: boolean;
  /** Which utterance, from 0. */
  readonly utterance: number;
  /** Empty: there was a sound, and no word was understood. Partial results are never empty. */
  readonly transcript: string;
  /** From 0 to 1; absent where the engine gives no figure. */
  readonly confidence: number | undefined;
}

/** How to listen, and whom to tell. */
export interface ListenOptions {
  /** BCP 47 tag, such as `en-US`. */
  readonly language: string;
  readonly hints?: readonly string[] | undefined;
  /** Silence that ends an utterance; default 1000. */
  readonly silenceMs?: number | undefined;
  /** An utterance is cut when it is so long, and the next begins; default 60,000. */
  readonly maxUtteranceMs?: number | undefined;
  /** Whether to tell about once a second what has been understood so far; default false. */
  readonly partialResults?: boolean | undefined;
  /** Somebody begins to speak, 100 ms ago. */
  readonly onSpeech?: (() => void) | undefined;
  /** An utterance is over; its result follows. */
  readonly onSilence?: (() => void) | undefined;
  /** In the order of what was said. */
  readonly onResult: (result: SpeechResult) => void;
  /** An utterance could not be recognised; listening goes on. */
  readonly onError: (error: SpeechError) => void;
}

/** Before speech is noticed, somebody has spoken for a moment, and breathed in. */
const KEPT_BEFORE_MS = 300 + SpeechDetector.startsAfterMs;
const KEPT_FRAMES = KEPT_BEFORE_MS / FRAME_MS;
const PARTIAL_EVERY_MS = 1000;
const DEFAULT_MAX_UTTERANCE_MS = 60_000;
/** Utterances of one listener that wait for the engine, at most 8 MB; those beyond are lost, and told of. */
const MAX_WAITING = 8;

/**
 * Listens to one voice: finds where utterances begin and end, has an engine recognise each, and
 * tells the results in order. Push it 20 ms at a time, as from `MediaLeg.onAudio`.
 */
export class SpeechListener {
  readonly #engine: RecognitionEngine;
  readonly #options: ListenOptions;
  readonly #detector: SpeechDetector;
  readonly #abort = new AbortController();
  /** The last frames before somebody spoke, as a ring. */
  readonly #before = new Int16Array(KEPT_FRAMES * FRAME_SAMPLES);
  #beforeLength = 0;
  #spoken: Int16Array[] = [];
  #spokenMs = 0;
  #utterance = 0;
  #nextPartialMs = PARTIAL_EVERY_MS;
  #isPartialAsked = false;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(engine: RecognitionEngine, options: ListenOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#detector = new SpeechDetector((isSpeaking) => {
      if (isSpeaking) options.onSpeech?.();
      else this.#endUtterance();
    }, options.silenceMs);
  }

  get isSpeaking(): boolean {
    return this.#detector.isSpeaking;
  }

  /** Takes 20 ms, 160 samples at 8 kHz; the array may be reused. Closed: does nothing. */
  push(frame: Int16Array): void {
    if (this.#abort.signal.aborted) return;
    if (!this.#detector.isSpeaking) this.#keepBefore(frame);
    const wasSpeaking = this.#detector.isSpeaking;
    this.#detector.push(frame);
    if (!this.#detector.isSpeaking) return;
    if (wasSpeaking) this.#add(frame.slice());
    else this.#add(this.#takeBefore());
    const { maxUtteranceMs = DEFAULT_MAX_UTTERANCE_MS } = this.#options;
    if (this.#spokenMs >= maxUtteranceMs) this.#endUtterance();
    else this.#askPartial();
  }

  /** Ends what is being said, and waits until all has been recognised and told. */
  async finish(): Promise<void> {
    this.#endUtterance();
    await this.#last;
    this.close();
  }

  /** Gives up what is under way; nothing is told any more. May be called again. */
  close(): void {
    this.#spoken = [];
    this.#spokenMs = 0;
    this.#abort.abort();
  }

  #keepBefore(frame: Int16Array): void {
    if (this.#beforeLength === this.#before.length) {
      this.#before.copyWithin(0, frame.length);
      this.#beforeLength -= frame.length;
    }
    this.#before.set(frame, this.#beforeLength);
    this.#beforeLength += frame.length;
  }

  #takeBefore(): Int16Array {
    const before = this.#before.slice(0, this.#beforeLength);
    this.#beforeLength = 0;
    return before;
  }

  #add(samples: Int16Array): void {
    this.#spoken.push(samples);
    this.#spokenMs += (samples.length / FRAME_SAMPLES) * FRAME_MS;
  }

  #takeSpoken(): Int16Array {
    const samples = joined(this.#spoken);
    this.#spoken = [];
    this.#spokenMs = 0;
    this.#nextPartialMs = PARTIAL_EVERY_MS;
    return samples;
  }

  #endUtterance(): void {
    if (this.#spokenMs === 0) return; // It was cut a moment ago, or is given up.
    const utterance = this.#utterance;
    const samples = this.#takeSpoken();
    this.#utterance += 1;
    this.#options.onSilence?.();
    if (this.#abort.signal.aborted) return;
    if (this.#waiting >= MAX_WAITING) {
      this.#options.onError(
        new SpeechError(
          'FAILED',
          `${this.#engine.name} is slower than what is said: ${MAX_WAITING} utterances wait for it, and this one is left out`,
        ),
      );
      return;
    }
    this.#waiting += 1;
    this.#last = this.#last.then(async () => {
      await this.#recognize(samples, utterance, true);
      this.#waiting -= 1;
    });
  }

  /** One at a time, so that a slow engine has not more to do than it can. */
  #askPartial(): void {
    if (this.#options.partialResults !== true || this.#isPartialAsked) return;
    if (this.#spokenMs < this.#nextPartialMs || this.#waiting > 0) return;
    this.#nextPartialMs = this.#spokenMs + PARTIAL_EVERY_MS;
    this.#isPartialAsked = true;
    void this.#recognize(joined(this.#spoken), this.#utterance, false).then(() => {
      this.#isPartialAsked = false;
    });
  }

  /** Never rejects. */
  async #recognize(samples: Int16Array, utterance: number, isFinal: boolean): Promise<void> {
    const { language, hints, onResult, onError } = this.#options;
    const { signal } = this.#abort;
    if (signal.aborted) return;
    try {
      const heard = await this.#engine.recognize({ samples, language, hints, signal });
      if (signal.aborted) return;
      // What comes late is no news, and what was not understood yet is none.
      if (!isFinal && (utterance !== this.#utterance || heard.transcript === '')) return;
      onResult({ isFinal, utterance, ...heard });
    } catch (error) {
      if (signal.aborted || !isFinal) return; // The final result meets the same problem, and tells it.
      onError(
        error instanceof SpeechError
          ? error
          : new SpeechError('FAILED', 'Recognition failed', { cause: error }),
      );
    }
  }
}

function joined(parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
