import { FRAME_SAMPLES, saturate } from './frame.ts';
import { Listeners } from './listeners.ts';
import type { ErrorReporter } from './listeners.ts';
import { PlayQueue } from './play-queue.ts';

/** A place in a bridge: what one party says and hears in the current tick. */
export interface MixerSeat {
  /** What the party says; meaningful while `isSpeaking`. */
  readonly input: Int16Array;
  readonly isSpeaking: boolean;
  /** Heard by that seat alone, if it is in the bridge; undefined: by everyone. */
  readonly audience: MixerSeat | undefined;
  /** What the party hears; undefined is silence. Set by the mixer, valid for one tick. */
  hearing: Int16Array | undefined;
}

/** Sums what the seats say once per tick and gives each seat the sum without itself. */
export class BridgeMixer {
  readonly plays = new PlayQueue();
  readonly mixListeners: Listeners<Int16Array>;
  readonly #seats: MixerSeat[] = [];
  /** One frame per seat, at the seat's index. */
  readonly #outputs: Int16Array[] = [];
  readonly #sum = new Int32Array(FRAME_SAMPLES);
  /** What one seat hears, while it is added up. */
  readonly #own = new Int32Array(FRAME_SAMPLES);
  readonly #mix = new Int16Array(FRAME_SAMPLES);
  readonly #playFrame = new Int16Array(FRAME_SAMPLES);

  constructor(report: ErrorReporter) {
    this.mixListeners = new Listeners(report);
  }

  get size(): number {
    return this.#seats.length;
  }

  add(seat: MixerSeat): void {
    this.#seats.push(seat);
    this.#outputs.push(new Int16Array(FRAME_SAMPLES));
  }

  remove(seat: MixerSeat): void {
    const index = this.#seats.indexOf(seat);
    if (index !== -1) {
      this.#seats.splice(index, 1);
      this.#outputs.splice(index, 1);
      seat.hearing = undefined;
    }
  }

  /** Mixes one frame for everyone. */
  tick(): void {
    const playing = this.plays.read(this.#playFrame);
    const [first, second, third] = this.#seats;
    if (first === undefined && !playing) {
      return;
    }
    const isPlain = first?.audience === undefined && second?.audience === undefined;
    const alone = !playing && this.mixListeners.isEmpty && third === undefined;
    if (alone && isPlain && first !== undefined) {
      // Two parties hear each other: nothing to add up.
      first.hearing = second?.isSpeaking === true ? second.input : undefined;
      if (second !== undefined) {
        second.hearing = first.isSpeaking ? first.input : undefined;
      }
      return;
    }
    this.#mixAll(playing);
    this.mixListeners.emit(this.#mix);
  }

  #mixAll(playing: boolean): void {
    const sum = this.#sum;
    const mix = this.#mix;
    sum.fill(0);
    if (playing) {
      sum.set(this.#playFrame);
    }
    let isWhispering = false;
    for (const seat of this.#seats) {
      isWhispering ||= seat.isSpeaking && seat.audience !== undefined;
      if (isInMix(seat)) {
        const input = seat.input;
        for (let i = 0; i < FRAME_SAMPLES; i += 1) {
          sum[i] = (sum[i] ?? 0) + (input[i] ?? 0);
        }
      }
    }
    for (let i = 0; i < FRAME_SAMPLES; i += 1) {
      mix[i] = saturate(sum[i] ?? 0);
    }
    for (let index = 0; index < this.#seats.length; index += 1) {
      const seat = this.#seats[index];
      const output = this.#outputs[index];
      if (seat === undefined || output === undefined) {
        continue;
      }
      const isHeard = isInMix(seat);
      if (!isHeard && !(isWhispering && this.#isWhisperedTo(seat))) {
        seat.hearing = mix;
        continue;
      }
      // From the sum before saturation, or one's own loud voice would distort the others'.
      const own = this.#own;
      own.set(sum);
      if (isHeard) {
        const input = seat.input;
        for (let i = 0; i < FRAME_SAMPLES; i += 1) {
          own[i] = (own[i] ?? 0) - (input[i] ?? 0);
        }
      }
      if (isWhispering) {
        this.#addWhispers(seat, own);
      }
      for (let i = 0; i < FRAME_SAMPLES; i += 1) {
        output[i] = saturate(own[i] ?? 0);
      }
      seat.hearing = output;
    }
  }
  #isWhisperedTo(seat: MixerSeat): boolean {
    for (const other of this.#seats) {
      if (other.isSpeaking && other.audience === seat) {
        return true;
      }
    }
    return false;
  }

  #addWhispers(seat: MixerSeat, frame: Int32Array): void {
    for (const other of this.#seats) {
      if (!other.isSpeaking || other.audience !== seat) {
        continue;
      }
      const input = other.input;
      for (let i = 0; i < FRAME_SAMPLES; i += 1) {
        frame[i] = (frame[i] ?? 0) + (input[i] ?? 0);
      }
    }
  }
}

/** Whether everyone hears it. */
function isInMix(seat: MixerSeat): boolean {
  return seat.isSpeaking && seat.audience === undefined;
}
