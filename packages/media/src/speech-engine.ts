import type { SpeechRun, SpeechStyle } from './speech-style.ts';

/** What to say. */
export interface SpeechRequest {
  /** Words, plain or with how they are said; markup in them is read out as text. */
  readonly text: string | readonly SpeechRun[];
  /** BCP 47 tag, such as `en-US`. */
  readonly language: string;
  /** A voice of the engine; default the language's own. */
  readonly voice?: string | undefined;
  /** Aborting gives up the work. */
  readonly signal?: AbortSignal | undefined;
}

/** Turns text into speech. */
export interface SpeechEngine {
  readonly name: string;
  /** What of a style is heard; the rest is said plainly. */
  readonly carries: ReadonlySet<keyof SpeechStyle>;
  /**
   * Speech at 8 kHz mono. The array may be shared with later answers: do not change it.
   *
   * @throws SpeechError
   */
  synthesize(request: SpeechRequest): Promise<{ readonly samples: Int16Array }>;
}

/** `ENGINE_MISSING`: not installed. `TIMEOUT`: took too long. `FAILED`: all else, and abort. */
export type SpeechErrorCode = 'ENGINE_MISSING' | 'TIMEOUT' | 'FAILED';

/** Thrown by a speech engine; the message says what to install or to do. */
export class SpeechError extends Error {
  override readonly name = 'SpeechError';
  readonly code: SpeechErrorCode;

  constructor(code: SpeechErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
