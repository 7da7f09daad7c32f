import type { MediaLeg } from '@tutti/media';
import { createDeferred, type Deferred } from './deferred.ts';
import { PhoneError } from './phone-error.ts';
import { createSoundTest, type Sound } from './sound.ts';
import { SoundWindow } from './sound-window.ts';

const DEFAULT_TIMEOUT_MS = 5000;
/** How long nothing at all must come to count as silence. */
const NOTHING_MS = 300;

interface Listener {
  readonly name: string;
  readonly result: Deferred<void>;
  readonly stopTimers: () => void;
  onFrame(window: SoundWindow): boolean;
  onDigit(): boolean;
  loudestDbfs: number;
  loudest: string;
}

/** What one party of a call hears, and who waits to hear something. */
export class Hearing {
  readonly #leg: MediaLeg;
  readonly #listeners = new Set<Listener>();
  readonly #digitListeners = new Set<(digit: string) => void>();
  readonly #recordings = new Set<Int16Array[]>();
  #window = new SoundWindow();
  #digits = '';
  /** Keys that `hears` has accounted for. */
  #digitsWaitedFor = 0;
  #isOpen = false;
  #over: PhoneError | undefined;

  constructor(leg: MediaLeg) {
    this.#leg = leg;
    leg.onAudio((frame) => {
      this.#onFrame(frame);
    });
    leg.onDigit((digit) => {
      this.#onDigit(digit);
    });
  }

  get digits(): string {
    return this.#digits;
  }

  get energyDbfs(): number {
    return this.#window.energyDbfs;
  }

  /** Whether the peer may be heard; while it may not, there is silence. */
  setOpen(isOpen: boolean): void {
    this.#isOpen = isOpen;
    if (!isOpen) this.#window = new SoundWindow();
  }

  onDigit(listener: (digit: string) => void): () => void {
    // A wrapper of its own lets the same function be added twice and removed once.
    const entry = (digit: string): void => {
      listener(digit);
    };
    this.#digitListeners.add(entry);
    return () => {
      this.#digitListeners.delete(entry);
    };
  }

  record(): { stop(): Int16Array } {
    const frames: Int16Array[] = [];
    this.#recordings.add(frames);
    return {
      stop: () => {
        this.#recordings.delete(frames);
        return joined(frames);
      },
    };
  }

  hears(sound: Sound, { timeoutMs = DEFAULT_TIMEOUT_MS }: { readonly timeoutMs?: number } = {}) {
    if ('digits' in sound) {
      const { digits } = sound;
      if (this.#takeDigits(digits)) return Promise.resolve();
      return this.#listen(`the digits ${digits}`, timeoutMs, {
        onDigit: () => this.#takeDigits(digits),
      });
    }
    const test = createSoundTest(sound);
    return this.#listen(test.name, timeoutMs, {
      onFrame: (window) => test.onFrame(window),
      ...('silence' in sound ? { onNothing: () => true } : {}),
    });
  }

  /** Nothing more will be heard. */
  end(error: PhoneError): void {
    this.#over ??= error;
    for (const listener of this.#listeners) {
      this.#forget(listener);
      const { name } = listener;
      listener.result.reject(
        new PhoneError(
          'ended',
          `${error.message} while waiting for ${name}. ${this.#heard(listener)}`,
        ),
      );
    }
  }

  #listen(
    name: string,
    timeoutMs: number,
    tests: {
      readonly onFrame?: (window: SoundWindow) => boolean;
      readonly onDigit?: () => boolean;
      /** Asked when for a while no audio has come at all. */
      readonly onNothing?: () => boolean;
    },
  ): Promise<void> {
    if (this.#over !== undefined) {
      return Promise.reject(
        new PhoneError('ended', `${this.#over.message}: nothing can be heard any more`),
      );
    }
    const result = createDeferred<void>();
    let cameAudio = false;
    const deadline = setTimeout(() => {
      this.#forget(listener);
      result.reject(
        new PhoneError(
          'not-heard',
          `Did not hear ${name} within ${timeoutMs} ms. ${this.#heard(listener)}`,
        ),
      );
    }, timeoutMs);
    const nothing = setInterval(() => {
      if (!cameAudio && tests.onNothing?.() === true) this.#heardIt(listener);
      cameAudio = false;
    }, NOTHING_MS);
    const listener: Listener = {
      name,
      result,
      stopTimers: () => {
        clearTimeout(deadline);
        clearInterval(nothing);
      },
      onFrame: (window) => {
        cameAudio = true;
        return tests.onFrame?.(window) ?? false;
      },
      onDigit: () => tests.onDigit?.() ?? false,
      loudestDbfs: -Infinity,
      loudest: 'silence',
    };
    this.#listeners.add(listener);
    return result.promise;
  }

  #onFrame(frame: Int16Array): void {
    this.#window.push(frame);
    for (const recording of this.#recordings) recording.push(frame.slice());
    for (const listener of this.#listeners) {
      const energyDbfs = this.#window.energyDbfs;
      // Describing costs: only for what is clearly louder.
      if (energyDbfs > listener.loudestDbfs + 1) {
        listener.loudestDbfs = energyDbfs;
        listener.loudest = this.#window.describe();
      }
      if (listener.onFrame(this.#window)) this.#heardIt(listener);
    }
  }

  #onDigit(digit: string): void {
    this.#digits += digit;
    for (const listener of this.#listeners) {
      if (listener.onDigit()) this.#heardIt(listener);
    }
    for (const listener of this.#digitListeners) listener(digit);
  }

  #takeDigits(wanted: string): boolean {
    const at = this.#digits.indexOf(wanted, this.#digitsWaitedFor);
    if (at === -1) return false;
    this.#digitsWaitedFor = at + wanted.length;
    return true;
  }

  #heardIt(listener: Listener): void {
    this.#forget(listener);
    listener.result.resolve(undefined);
  }

  #forget(listener: Listener): void {
    listener.stopTimers();
    this.#listeners.delete(listener);
  }

  #heard(listener: Listener): string {
    const { packetsReceived } = this.#leg.stats();
    const digits = this.#digits === '' ? 'no keys' : `keys ${this.#digits}`;
    const open = this.#isOpen ? '' : ' The peer has no say: the call is held, or has no audio yet.';
    return (
      `Heard: ${this.#window.describe()}; loudest meanwhile: ${listener.loudest}; ` +
      `${digits}; ${packetsReceived} RTP packets in all.${open}`
    );
  }
}

function joined(frames: readonly Int16Array[]): Int16Array {
  const samples = new Int16Array(frames.reduce((sum, frame) => sum + frame.length, 0));
  let at = 0;
  for (const frame of frames) {
    samples.set(frame, at);
    at += frame.length;
  }
  return samples;
}
