/** What was said. */
export interface RecognitionRequest {
  /** 8 kHz mono. It is neither changed nor kept. */
  readonly samples: Int16Array;
  /** BCP 47 tag, such as `en-US`. */
  readonly language: string;
  /** Words and phrases that are likely to be heard. */
  readonly hints?: readonly string[] | undefined;
  /** Aborting gives up the work. */
  readonly signal?: AbortSignal | undefined;
}

/** What was heard. */
export interface Recognized {
  /** Empty: nothing was understood. */
  readonly transcript: string;
  /** From 0 to 1; absent where the engine gives no figure for it. */
  readonly confidence: number | undefined;
}

/** Turns speech into text, one utterance at a time. `SpeechListener` feeds it from a call. */
export interface RecognitionEngine {
  /** As in `TranscriptionEngine`. */
  readonly name: string;
  /**
   * Whether it could hear a language, before anybody speaks.
   *
   * @throws SpeechError saying what to install or to set.
   */
  check(language: string): Promise<void>;
  /** @throws SpeechError */
  recognize(request: RecognitionRequest): Promise<Recognized>;
}
