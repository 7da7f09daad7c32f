import type { SpeechResult } from '@tutti/media';

/** Tells the words of partial results that have stayed from those that may still change. */
export class StableWords {
  #utterance = -1;
  #last: readonly string[] = [];

  next({ utterance, transcript }: Pick<SpeechResult, 'utterance' | 'transcript'>): {
    /** The first words, as they were in the result before. */
    readonly stable: string;
    readonly unstable: string;
    /** Of the words, from 0 to 1. */
    readonly share: number;
  } {
    const words = transcript.split(/\s+/).filter((word) => word !== '');
    const before = utterance === this.#utterance ? this.#last : [];
    const changed = words.findIndex((word, at) => word !== before[at]);
    const count = changed === -1 ? words.length : changed;
    this.#utterance = utterance;
    this.#last = words;
    return {
      stable: words.slice(0, count).join(' '),
      unstable: words.slice(count).join(' '),
      share: words.length === 0 ? 0 : count / words.length,
    };
  }
}
