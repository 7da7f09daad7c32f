import type { MediaLegStats } from '@tutti/media';
import type { Sound } from './sound.ts';

/** Something being played into a call. */
export interface Playing {
  /** Ends it now. */
  stop(): void;
  /** Resolves when its last sample was sent, or it was stopped, or the call ended. */
  readonly done: Promise<void>;
}

/** A call in which both sides can be heard. Disposing of it hangs up. */
export interface PhoneCall extends AsyncDisposable {
  /** The other side's number or user name. */
  readonly remote: string;
  /** SIP's Call-ID. */
  readonly callId: string;
  /** Resolves when the call is over; `timeout` when the other side was no longer there. */
  readonly ended: Promise<{ readonly by: 'us' | 'peer' | 'timeout' }>;
  readonly isLive: boolean;
  hangUp(): Promise<void>;
  /**
   * Presses keys: `0-9 * # A-D`, with `w` for half a second and `W` for one; resolves when sent.
   * @throws PhoneError for other characters, and when the call is over
   */
  key(digits: string): Promise<void>;
  /** Plays a tone, until stopped unless it has a duration; at -10 dBFS by default. */
  playTone(
    frequencyHz: number,
    options?: { readonly durationMs?: number; readonly levelDbfs?: number },
  ): Playing;
  /**
   * Plays samples of 8 kHz, or a WAV file's bytes. What is played takes turns.
   * @throws PhoneError for bytes that are no WAV file
   */
  play(samples: Int16Array | Uint8Array): Playing;
  /** Loudness of the last 100 ms heard; -Infinity is silence. */
  readonly energyDbfs: number;
  /**
   * Resolves when that is heard, within 5 s by default.
   * @throws PhoneError that says what was heard instead
   */
  hears(sound: Sound, options?: { readonly timeoutMs?: number }): Promise<void>;
  /** All keys heard so far. */
  readonly digits: string;
  /** Returns what removes the listener. */
  onDigit(listener: (digit: string) => void): () => void;
  /** Records what is heard from now on: 8 kHz, mono. */
  record(): { stop(): Int16Array };
  /** Offers to send only. @throws PhoneError when that is refused */
  hold(): Promise<void>;
  resume(): Promise<void>;
  stats(): MediaLegStats;
}
