import type { AudioSource } from '@tutti/media';
import type { Interruption } from '../callback/relay-message.ts';

/** Texts and sounds that may wait: whoever sends more is not listened to by anybody. */
const WAITING_MAX = 1000;
/** A second at 8 kHz. */
const SAMPLES_PER_MS = 8;

/** Something to be heard. */
export interface Utterance {
  /** What is said; empty of a sound. */
  readonly text: string;
  readonly interruptible: Interruption;
  readonly preemptible: boolean;
  /** Makes the sound, when its turn is near; undefined when there is none, and it has been told why. */
  readonly source: (signal: AbortSignal) => Promise<AudioSource | undefined>;
}

/** What is told of saying. */
export interface RelaySpeechEvents {
  /** Whether something is heard, as that changes. */
  readonly onSpeaking?: ((isSpeaking: boolean) => void) | undefined;
  /** What was heard of a text: all, or up to where it was interrupted. */
  readonly onPlayed?: ((text: string) => void) | undefined;
  readonly onError: (error: unknown) => void;
}

/** How far it had come when it was interrupted. */
export interface Interrupted {
  readonly utteranceUntilInterrupt: string;
  readonly durationUntilInterruptMs: number;
}

interface Waiting extends Utterance {
  readonly stop: AbortController;
  prepared: Promise<AudioSource | undefined> | undefined;
  /** Samples of it that were played. */
  played: number;
}

/** Says one thing after another, each made while the one before is heard; what is said can be interrupted. */
export class RelaySpeech {
  readonly #play: (source: AudioSource, signal: AbortSignal) => Promise<unknown>;
  readonly #events: RelaySpeechEvents;
  #queue: Waiting[] = [];
  #isRunning = false;
  #isClosed = false;
  /** Since it was silent last. */
  #said: string[] = [];
  #playedSamples = 0;

  constructor(
    play: (source: AudioSource, signal: AbortSignal) => Promise<unknown>,
    events: RelaySpeechEvents,
  ) {
    this.#play = play;
    this.#events = events;
  }

  get isSpeaking(): boolean {
    return this.#queue.length > 0;
  }

  /** What may interrupt that which is heard now. */
  get interruptible(): Interruption {
    return this.#queue[0]?.interruptible ?? 'none';
  }

  /** Says it after all else. False: too much waits. */
  add(utterance: Utterance): boolean {
    if (this.#isClosed) return true;
    if (this.#queue.length >= WAITING_MAX) return false;
    if (this.#queue.length === 0) {
      this.#said = [];
      this.#playedSamples = 0;
    }
    this.#queue.push({
      ...utterance,
      stop: new AbortController(),
      prepared: undefined,
      played: 0,
    });
    if (!this.#isRunning) {
      this.#isRunning = true;
      void this.#run();
    }
    return true;
  }

  /** Leaves unsaid what gives way to something new. */
  preempt(): void {
    this.#drop(({ preemptible }) => preemptible);
  }

  /** Stops, and leaves unsaid what waits. Undefined when nothing was being said. */
  interrupt(): Interrupted | undefined {
    const [current] = this.#queue;
    if (current === undefined) return undefined;
    const said = [...this.#said, saidOf(current)].filter((text) => text !== '').join(' ');
    const samples = this.#playedSamples + current.played;
    this.#drop(() => true);
    return {
      utteranceUntilInterrupt: said,
      durationUntilInterruptMs: Math.round(samples / SAMPLES_PER_MS),
    };
  }

  /** Nothing more is said. */
  close(): void {
    this.#isClosed = true;
    this.#drop(() => true);
  }

  #drop(isDropped: (utterance: Utterance) => boolean): void {
    for (const each of this.#queue.filter(isDropped)) each.stop.abort();
    this.#queue = this.#queue.filter((each) => !isDropped(each));
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    let isHeard = false;
    for (let current = this.#queue[0]; current !== undefined; current = this.#queue[0]) {
      try {
        const source = await prepare(current);
        const next = this.#queue[1];
        if (next !== undefined) prepare(next).catch(() => undefined);
        if (source !== undefined && !current.stop.signal.aborted) {
          if (!isHeard) this.#events.onSpeaking?.(true);
          isHeard = true;
          await this.#play(counted(source, current), current.stop.signal);
          const text = current.stop.signal.aborted ? saidOf(current) : current.text;
          if (text !== '') this.#events.onPlayed?.(text);
        }
      } catch (error) {
        if (!current.stop.signal.aborted) this.#events.onError(error);
      }
      if (this.#queue[0] !== current) continue;
      this.#queue.shift();
      this.#said.push(current.text);
      this.#playedSamples += current.played;
    }
    if (isHeard) this.#events.onSpeaking?.(false);
    this.#isRunning = false;
  }
}

function prepare(waiting: Waiting): Promise<AudioSource | undefined> {
  waiting.prepared ??= waiting.source(waiting.stop.signal);
  return waiting.prepared;
}

function counted(source: AudioSource, waiting: Waiting): AudioSource {
  return {
    read: (frame) => {
      const filled = source.read(frame);
      waiting.played += filled;
      return filled;
    },
  };
}

/** Speech has about fifteen letters a second; what was heard of a sentence ends with a whole word. */
const LETTERS_PER_SAMPLE = 15 / 8000;

function saidOf({ text, played }: Waiting): string {
  const letters = Math.round(played * LETTERS_PER_SAMPLE);
  if (letters >= text.length) return text;
  const blank = text.lastIndexOf(' ', letters);
  return blank > 0 ? text.slice(0, blank) : '';
}
