import { DTMF_KEYS } from './dtmf.ts';

//   0                   1                   2                   3
//   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |     event     |E|R| volume    |          duration             |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  RFC 4733 §2.3

/** Bytes of one event payload. RFC 4733 §2.3 */
export const TELEPHONE_EVENT_BYTES = 4;

/** Power of the tone in dBm0 without the sign: an ordinary phone's level. RFC 4733 §2.3.4 */
const EVENT_VOLUME = 10;
/** A timestamp this far behind the last press is a restarted clock, not a straggler: 5 s. */
const STALE_TICKS = 40_000;
/** An event longer than this goes on in a new segment with a new timestamp. RFC 4733 §2.5.1.3 */
const SEGMENT_TICKS = 0xffff;

/** Writes the payload of one event packet. `durationTicks` is in timestamp units. */
export function writeTelephoneEvent(
  out: Uint8Array,
  start: number,
  event: { readonly key: string; readonly end: boolean; readonly durationTicks: number },
): void {
  out[start] = DTMF_KEYS.indexOf(event.key);
  out[start + 1] = (event.end ? 0x80 : 0) | EVENT_VOLUME;
  out[start + 2] = event.durationTicks >>> 8;
  out[start + 3] = event.durationTicks;
}

/**
 * Turns event packets into key presses: one answer per press, however many packets carry it.
 *
 * All packets of one press share the timestamp of its start (RFC 4733 §2.5.1.2), so the first of a
 * new timestamp is the press, even when the packets before or the end packets are lost.
 */
export class TelephoneEventReceiver {
  #started = false;
  #ended = false;
  #event = -1;
  #rtpTimestamp = 0;

  /** Forgets the press in progress: the sender restarted. */
  restart(): void {
    this.#started = false;
  }

  /** Takes one event packet's payload; the key when this packet is the first of a press. */
  accept(rtpTimestamp: number, bytes: Uint8Array, start: number, end: number): string | undefined {
    if (end - start < TELEPHONE_EVENT_BYTES) {
      return undefined;
    }
    const event = bytes[start] ?? 0;
    const isEnd = ((bytes[start + 1] ?? 0) & 0x80) !== 0;
    const key = DTMF_KEYS[event];
    if (key === undefined) {
      return undefined; // Hook flash, fax and modem events are no keys.
    }
    const age = (this.#rtpTimestamp - rtpTimestamp) | 0;
    if (this.#started && age === 0) {
      this.#ended ||= isEnd;
      return undefined;
    }
    if (this.#started && age > 0 && age < STALE_TICKS) {
      return undefined; // A straggler of an earlier press.
    }
    const continues =
      this.#started && !this.#ended && this.#event === event && -age === SEGMENT_TICKS;
    this.#started = true;
    this.#ended = isEnd;
    this.#event = event;
    this.#rtpTimestamp = rtpTimestamp;
    return continues ? undefined : key;
  }
}
