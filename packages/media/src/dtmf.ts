import { FRAME_MS } from './frame.ts';
import { MediaError } from './media-error.ts';

/** DTMF keys in the order of their event codes 0-15. RFC 4733 §3.2, table 3 */
export const DTMF_KEYS = '0123456789*#ABCD';

/** ITU-T Q.23: one low and one high tone per key. */
export const DTMF_LOW_HZ: readonly number[] = [697, 770, 852, 941];
export const DTMF_HIGH_HZ: readonly number[] = [1209, 1336, 1477, 1633];

/** Keys by row (low tone) and column (high tone). ITU-T Q.23 */
export const DTMF_GRID = '123A456B789C*0#D';

/** Pauses in dialled strings. */
const PAUSE_MS: Readonly<Record<string, number>> = { w: 500, W: 1000 };

/** One thing to send: a key with its silence, or a pause; in whole frames. */
export type DtmfStep =
  | {
      readonly kind: 'key';
      readonly key: string;
      readonly frames: number;
      readonly gapFrames: number;
    }
  | { readonly kind: 'pause'; readonly frames: number };

/** How long keys sound. */
export interface DtmfTiming {
  /** Tone per key in ms, rounded up to 20 ms; 40 to 8000; default 100. */
  readonly toneMs?: number | undefined;
  /** Silence after each key in ms, rounded up to 20 ms; at least 60; default 100. */
  readonly gapMs?: number | undefined;
}

const DEFAULT_TONE_MS = 100;
const DEFAULT_GAP_MS = 100;
/** ITU-T Q.24 table A-1: receivers need 40 ms of tone. */
const MIN_TONE_MS = 40;
/** An event's duration field holds 65535 units, 8.19 s at 8 kHz. RFC 4733 §2.3.5 */
const MAX_TONE_MS = 8000;
/** Room for the three end packets before the next key. RFC 4733 §2.5.1.4 */
const MIN_GAP_MS = 60;

/**
 * Reads a dialled string: `0-9 * # A-D`, `w` for half a second, `W` for one second.
 *
 * @throws MediaError `INVALID_DIGITS`.
 */
export function parseDigits(digits: string, timing: DtmfTiming = {}): DtmfStep[] {
  const toneMs = Math.min(MAX_TONE_MS, Math.max(MIN_TONE_MS, timing.toneMs ?? DEFAULT_TONE_MS));
  const gapMs = Math.max(MIN_GAP_MS, timing.gapMs ?? DEFAULT_GAP_MS);
  return Array.from(digits, (character): DtmfStep => {
    const pauseMs = PAUSE_MS[character];
    if (pauseMs !== undefined) {
      return { kind: 'pause', frames: pauseMs / FRAME_MS };
    }
    const key = character.toUpperCase();
    if (!DTMF_KEYS.includes(key)) {
      throw new MediaError(
        'INVALID_DIGITS',
        `"${character}" is not a DTMF digit: use 0-9, *, #, A-D, w (0.5 s) and W (1 s)`,
      );
    }
    return {
      kind: 'key',
      key,
      frames: Math.ceil(toneMs / FRAME_MS),
      gapFrames: Math.ceil(gapMs / FRAME_MS),
    };
  });
}

/** The two frequencies of a key. ITU-T Q.23 */
export function dtmfFrequenciesHz(key: string): readonly [number, number] {
  const index = DTMF_GRID.indexOf(key);
  return [DTMF_LOW_HZ[index >> 2] ?? 0, DTMF_HIGH_HZ[index & 3] ?? 0];
}
