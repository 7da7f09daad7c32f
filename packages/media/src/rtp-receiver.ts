import { SAMPLE_RATE_HZ } from './frame.ts';
import { G711 } from './g711.ts';
import { JitterBuffer } from './jitter-buffer.ts';
import type { PlayOut } from './jitter-buffer.ts';
import type { RtpPacket } from './rtp-packet.ts';
import { RtpSequence } from './rtp-sequence.ts';
import { TelephoneEventReceiver } from './telephone-event.ts';

/** What a receiver accepts. */
export interface ReceiveFormat {
  readonly decodeTable: Int16Array;
  readonly payloadType: number;
  /** Undefined: telephone events were not negotiated. */
  readonly telephoneEventPayloadType: number | undefined;
  /** The codec that the peer may go over to. */
  readonly other?: { readonly decodeTable: Int16Array; readonly payloadType: number } | undefined;
  /** Another number of its events. */
  readonly otherEventPayloadType?: number | undefined;
}

const TICKS_PER_MS = SAMPLE_RATE_HZ / 1000;

/** One peer's incoming stream: order, loss, jitter, audio and key presses. */
export class RtpReceiver {
  readonly #jitterBuffer = new JitterBuffer();
  readonly #sequence = new RtpSequence();
  readonly #events = new TelephoneEventReceiver();
  readonly #onKey: (key: string) => void;
  #format: ReceiveFormat = {
    decodeTable: G711.PCMU.decodeTable,
    payloadType: -1,
    telephoneEventPayloadType: undefined,
  };
  #ssrc: number | undefined;
  #packetsReceived = 0;
  #packetsDropped = 0;
  #jitterTicks = 0;
  #maxJitterTicks = 0;
  #lastTransit: number | undefined;

  constructor(onKey: (key: string) => void) {
    this.#onKey = onKey;
  }

  get packetsReceived(): number {
    return this.#packetsReceived;
  }

  get packetsLost(): number {
    return this.#sequence.lost;
  }

  get packetsExpected(): number {
    return this.#sequence.expected;
  }

  get highestSequence(): number {
    return this.#sequence.highest;
  }

  /** Of the stream that is received; undefined before its first packet. */
  get ssrc(): number | undefined {
    return this.#ssrc;
  }

  /** Packets of this stream that were not played: late, duplicate, suspect, or skipped. */
  get packetsDiscarded(): number {
    return this.#packetsDropped + this.#jitterBuffer.skippedFrames;
  }

  /** Interarrival jitter. RFC 3550 §6.4.1 */
  get jitterMs(): number {
    return this.#jitterTicks / TICKS_PER_MS;
  }

  /** The largest it has been. */
  get maxJitterMs(): number {
    return this.#maxJitterTicks / TICKS_PER_MS;
  }

  /** What waits to be played. */
  get bufferMs(): number {
    return this.#jitterBuffer.delayMs;
  }

  /** Changes what is accepted; a change of codec starts play-out afresh. */
  setFormat(format: ReceiveFormat): void {
    if (format.decodeTable !== this.#format.decodeTable) {
      this.#jitterBuffer.restart();
    }
    this.#format = format;
  }

  /** True for the payload types that were negotiated. */
  accepts(payloadType: number): boolean {
    const format = this.#format;
    return (
      payloadType === format.payloadType ||
      payloadType === format.other?.payloadType ||
      this.#isEvent(payloadType)
    );
  }

  #isEvent(payloadType: number): boolean {
    const { telephoneEventPayloadType, otherEventPayloadType } = this.#format;
    return payloadType === telephoneEventPayloadType || payloadType === otherEventPayloadType;
  }

  /** Takes a packet of an accepted payload type. */
  receive(packet: RtpPacket, bytes: Uint8Array): void {
    if (packet.ssrc !== this.#ssrc) {
      // A new source has its own numbers and clock. RFC 3550 §5.1
      if (this.#ssrc !== undefined) {
        this.#sequence.restart();
        this.#restartTimeline();
      }
      this.#ssrc = packet.ssrc;
    }
    const verdict = this.#sequence.accept(packet.sequenceNumber);
    if (verdict === 'duplicate' || verdict === 'suspect') {
      this.#packetsDropped += 1;
      return;
    }
    if (verdict === 'restarted') {
      this.#restartTimeline();
    }
    this.#packetsReceived += 1;
    if (this.#isEvent(packet.payloadType)) {
      const { rtpTimestamp, payloadStart, payloadEnd } = packet;
      const key = this.#events.accept(rtpTimestamp, bytes, payloadStart, payloadEnd);
      if (key !== undefined) {
        this.#onKey(key);
      }
      return;
    }
    this.#measureJitter(packet);
    const { other } = this.#format;
    const { decodeTable } = packet.payloadType === other?.payloadType ? other : this.#format;
    const played = this.#jitterBuffer.insert(
      packet.rtpTimestamp,
      bytes,
      packet.payloadStart,
      packet.payloadEnd,
      decodeTable,
    );
    if (!played) {
      this.#packetsDropped += 1;
    }
  }

  /** Fills the next 20 ms of play-out. Call once per tick. */
  read(frame: Int16Array): PlayOut {
    return this.#jitterBuffer.read(frame);
  }

  /** Forgets audio that waits to be played: the peer is no longer heard. */
  flush(): void {
    this.#jitterBuffer.restart();
  }

  #restartTimeline(): void {
    this.#jitterBuffer.restart();
    this.#events.restart();
    this.#lastTransit = undefined;
  }

  // J(i) = J(i-1) + (|D(i-1,i)| - J(i-1))/16, in timestamp units. RFC 3550 §6.4.1, A.8
  #measureJitter({ rtpTimestamp, arrivedAtMs }: RtpPacket): void {
    const transit = (Math.round(arrivedAtMs * TICKS_PER_MS) - rtpTimestamp) | 0;
    if (this.#lastTransit !== undefined) {
      const difference = Math.abs((transit - this.#lastTransit) | 0);
      this.#jitterTicks += (difference - this.#jitterTicks) / 16;
      this.#maxJitterTicks = Math.max(this.#maxJitterTicks, this.#jitterTicks);
    }
    this.#lastTransit = transit;
  }
}
