import { parseDigits } from './dtmf.ts';
import type { DtmfStep, DtmfTiming } from './dtmf.ts';

/** Options of sending digits. */
export interface DialOptions extends DtmfTiming {
  /** Aborting ends the key that sounds and drops the rest; the promise then resolves. */
  readonly signal?: AbortSignal | undefined;
}

/** What a tick sends for a key. */
export type DialTick =
  /** Frame number `index` (from 0) of the key's tone. */
  | { readonly kind: 'tone'; readonly key: string; readonly index: number; readonly last: boolean }
  /** The key has ended after `frames`; its end packet is repeated. */
  | { readonly kind: 'ended'; readonly key: string; readonly frames: number };

interface Dial {
  steps: readonly DtmfStep[];
  stepIndex: number;
  frameIndex: number;
  readonly finish: () => void;
}

/** The end packet is sent three times: with the last frame, and twice more. RFC 4733 §2.5.1.4 */
const END_REPEATS = 2;

/** Dialled strings sent one after another, one frame per tick. */
export class DtmfDialer {
  readonly #dials: Dial[] = [];

  /**
   * Resolves when the last key, with its silence, was sent or the dial was stopped.
   *
   * @throws MediaError `INVALID_DIGITS`, as a rejection.
   */
  async dial(digits: string, { signal, ...timing }: DialOptions = {}): Promise<void> {
    const steps = parseDigits(digits, timing);
    if (signal?.aborted === true) {
      return;
    }
    await new Promise<void>((resolve) => {
      const onAbort = (): void => this.#abort(dial);
      const finish = (): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const dial: Dial = { steps, stepIndex: 0, frameIndex: 0, finish };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#dials.push(dial);
    });
  }

  /** What to send in this tick in place of audio. Undefined: nothing. */
  next(): DialTick | undefined {
    for (let dial = this.#dials[0]; dial !== undefined; dial = this.#dials[0]) {
      const step = dial.steps[dial.stepIndex];
      if (step === undefined) {
        this.#dials.shift();
        dial.finish();
        continue;
      }
      const index = dial.frameIndex;
      dial.frameIndex += 1;
      if (step.kind === 'key') {
        if (index < step.frames) {
          return { kind: 'tone', key: step.key, index, last: index === step.frames - 1 };
        }
        if (index < step.frames + END_REPEATS) {
          return { kind: 'ended', key: step.key, frames: step.frames };
        }
      }
      if (index < step.frames + (step.kind === 'key' ? step.gapFrames : 0)) {
        return undefined;
      }
      dial.stepIndex += 1;
      dial.frameIndex = 0;
    }
    return undefined;
  }

  /** Resolves everything at once. */
  stopAll(): void {
    for (const dial of this.#dials.splice(0)) {
      dial.finish();
    }
  }

  #abort(dial: Dial): void {
    const step = dial.steps[dial.stepIndex];
    const sounds = step?.kind === 'key' && dial.frameIndex > 0 && dial.frameIndex < step.frames;
    if (sounds) {
      // The peer must hear the key end: cut it here and let the end packets go out.
      dial.steps = [{ ...step, frames: dial.frameIndex, gapFrames: END_REPEATS }];
      dial.stepIndex = 0;
      return;
    }
    const index = this.#dials.indexOf(dial);
    if (index !== -1) {
      this.#dials.splice(index, 1);
    }
    dial.finish();
  }
}
