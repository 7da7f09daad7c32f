import {
  SpeechListener,
  type RecognitionEngine,
  type SpeechError,
  type SpeechResult,
} from '@tutti/media';
import type { GatherVerb } from '@tutti/twiml';
import type { Clock } from '../base/clock.ts';
import { hintsOf } from './hints.ts';
import type { Leg } from './leg.ts';

/** Longer than a breath between words. What `speechTimeout="auto"` waits for. */
const AUTO_SILENCE_MS = 1000;
/** A voice that nobody understands ends the input when it comes so often: a noisy line is not to hold it for ever. */
const UNINTELLIGIBLE_MAX = 3;
const SILENT_FRAME = new Int16Array(160);

/** How an input is gathered. */
export interface GatherInputOptions {
  readonly leg: Leg;
  readonly clock: Clock;
  readonly verb: GatherVerb;
  /** Whether keys count. */
  readonly takesKeys: boolean;
  /** What speech is heard by; undefined: it is not. */
  readonly engine: RecognitionEngine | undefined;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly onPartial: (result: SpeechResult) => void;
  /** An utterance could not be recognised. */
  readonly onError: (error: SpeechError) => void;
}

/** The input of one Gather: keys, or what is said; what comes first counts. */
export class GatherInput {
  digits = '';
  /** The key that ended it, when one did. */
  finishedOn = '';
  /** What was said, when that was understood. */
  spoken: SpeechResult | undefined;
  readonly #options: GatherInputOptions;
  readonly #started = new AbortController();
  readonly #done = new AbortController();
  readonly #stops: (() => void)[] = [];
  #listener: SpeechListener | undefined;
  #unintelligible = 0;
  #isRecognizing = false;
  #cancelTimeout: (() => void) | undefined;
  #isWaiting = false;

  constructor(options: GatherInputOptions) {
    this.#options = options;
    const { leg, signal, verb, takesKeys } = options;
    if (takesKeys) this.#stops.push(leg.media.onDigit((digit) => this.press(digit)));
    if (verb.bargeIn) this.#listen();
    const end = (): void => this.#done.abort();
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    this.#stops.push(() => signal.removeEventListener('abort', end));
  }

  /** Aborted by the first key, or when somebody begins to speak. */
  get started(): AbortSignal {
    return this.#started.signal;
  }

  /** Waits for the end of the input; the time-out runs from the end of the prompts, and from each key. */
  async finished(): Promise<void> {
    this.#isWaiting = true;
    this.#listen();
    if (!this.#isBusy) this.#restartTimeout();
    if (this.#done.signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#done.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#listener?.close();
    this.#cancelTimeout?.();
    this.#done.abort();
  }

  press(digit: string): void {
    if (!this.#options.takesKeys || this.#done.signal.aborted) return;
    const { finishOnKey, numDigits } = this.#options.verb;
    // Who keys does not dictate.
    this.#listener?.close();
    this.#isRecognizing = false;
    this.#started.abort();
    if (digit === finishOnKey) {
      this.finishedOn = digit;
      this.#done.abort();
      return;
    }
    this.digits += digit;
    if (this.digits.length === numDigits) this.#done.abort();
    else if (this.#isWaiting) this.#restartTimeout();
  }

  /** Somebody speaks, or what they said is being recognised. */
  get #isBusy(): boolean {
    if (this.digits !== '') return false;
    return this.#isRecognizing || this.#listener?.isSpeaking === true;
  }

  #listen(): void {
    const { engine, leg, verb, onPartial } = this.#options;
    if (engine === undefined || this.#listener !== undefined) return;
    const { speechTimeoutSec = verb.timeoutSec } = verb;
    const listener = new SpeechListener(engine, {
      language: verb.language,
      hints: hintsOf(verb.hints),
      silenceMs:
        speechTimeoutSec === 'auto' ? AUTO_SILENCE_MS : Math.max(1, speechTimeoutSec) * 1000,
      maxUtteranceMs: verb.maxSpeechTimeSec * 1000,
      partialResults: verb.partialResultCallback !== undefined,
      onSpeech: () => {
        this.#started.abort();
        this.#cancelTimeout?.();
      },
      onSilence: () => {
        this.#isRecognizing = true;
      },
      onResult: (result) => {
        if (!result.isFinal) onPartial(result);
        else if (result.transcript === '') this.#notUnderstood();
        else this.#understood(result);
      },
      onError: (error) => {
        this.#options.onError(error);
        this.#notUnderstood();
      },
    });
    this.#listener = listener;
    this.#stops.push(
      leg.media.onFrames(({ said }) => {
        if (!this.#isRecognizing) listener.push(said ?? SILENT_FRAME);
      }),
    );
  }

  #understood(result: SpeechResult): void {
    this.spoken = result;
    this.#done.abort();
  }

  #notUnderstood(): void {
    this.#isRecognizing = false;
    this.#unintelligible += 1;
    if (this.#unintelligible === UNINTELLIGIBLE_MAX) this.#done.abort();
    else if (this.#isWaiting) this.#restartTimeout();
  }

  #restartTimeout(): void {
    const { clock, verb } = this.#options;
    this.#cancelTimeout?.();
    this.#cancelTimeout = clock.after(verb.timeoutSec * 1000, () => this.#done.abort());
  }
}
