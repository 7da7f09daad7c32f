import type { AudioSource } from './audio-source.ts';
import { MediaError } from './media-error.ts';

/** How a play ended: to its end, or by abort, close or removal. */
export type PlayEnd = 'finished' | 'stopped';

/** Options of a play. */
export interface PlayOptions {
  /** Aborting stops this play, waiting or running; it then resolves `stopped`. */
  readonly signal?: AbortSignal | undefined;
}

interface Play {
  readonly source: AudioSource;
  readonly resolve: (end: PlayEnd) => void;
  readonly reject: (error: MediaError) => void;
  readonly dispose: () => void;
}

/** Sources that play one after another, pulled one frame per tick. */
export class PlayQueue {
  readonly #plays: Play[] = [];

  get isEmpty(): boolean {
    return this.#plays.length === 0;
  }

  /** Resolves once the last frame was read. Rejects with `SOURCE_FAILED` if the source throws. */
  play(source: AudioSource, { signal }: PlayOptions = {}): Promise<PlayEnd> {
    if (signal?.aborted === true) {
      return Promise.resolve('stopped');
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => this.#remove(play)?.resolve('stopped');
      const dispose = (): void => signal?.removeEventListener('abort', onAbort);
      const play: Play = { source, resolve, reject, dispose };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#plays.push(play);
    });
  }

  /** Fills `frame` from the play whose turn it is. False: nothing plays. */
  read(frame: Int16Array): boolean {
    for (let play = this.#plays[0]; play !== undefined; play = this.#plays[0]) {
      let filled: number;
      try {
        filled = play.source.read(frame);
      } catch (cause) {
        const error = new MediaError('SOURCE_FAILED', 'An audio source threw', { cause });
        this.#remove(play)?.reject(error);
        continue;
      }
      if (filled === frame.length) {
        return true;
      }
      this.#remove(play)?.resolve('finished');
      if (filled > 0) {
        frame.fill(0, filled);
        return true;
      }
    }
    return false;
  }

  /** Ends everything with `stopped`. */
  stopAll(): void {
    for (const play of this.#plays.splice(0)) {
      play.dispose();
      play.resolve('stopped');
    }
  }

  /** Undefined: it had ended already. */
  #remove(play: Play): Play | undefined {
    const index = this.#plays.indexOf(play);
    if (index === -1) {
      return undefined;
    }
    this.#plays.splice(index, 1);
    play.dispose();
    return play;
  }
}
