import { randomBytes } from 'node:crypto';
import { FRAME_SAMPLES } from './frame.ts';
import { encodeG711, G711 } from './g711.ts';
import type { G711Codec } from './g711.ts';
import { RTP_HEADER_BYTES, writeRtpHeader } from './rtp-packet.ts';
import { TELEPHONE_EVENT_BYTES, writeTelephoneEvent } from './telephone-event.ts';

/** One outgoing stream. A packet is valid until the next is made. */
export class RtpSender {
  readonly ssrc: number;
  readonly #audioPacket = Buffer.alloc(RTP_HEADER_BYTES + FRAME_SAMPLES);
  readonly #eventPacket = Buffer.alloc(RTP_HEADER_BYTES + TELEPHONE_EVENT_BYTES);
  #codec: G711Codec = G711.PCMU;
  #payloadType = 0;
  #sequenceNumber: number;
  /** A typed array, so that no tick makes an object of a number beyond 31 bits. */
  readonly #rtpTimestamp = new Uint32Array(1);
  /** The next audio packet starts a talk-spurt. */
  #marker = true;
  #packetsSent = 0;
  #octetsSent = 0;

  constructor() {
    // Both start at random, against known-plaintext attacks. RFC 3550 §5.1
    const random = randomBytes(10);
    this.ssrc = random.readUInt32BE(0);
    this.#rtpTimestamp[0] = random.readUInt32BE(4);
    this.#sequenceNumber = random.readUInt16BE(8);
  }

  get packetsSent(): number {
    return this.#packetsSent;
  }

  /** Bytes of payload. RFC 3550 §6.4.1 */
  get octetsSent(): number {
    return this.#octetsSent;
  }

  /** Timestamp of the frame being sent in this tick. */
  get rtpTimestamp(): number {
    return this.#rtpTimestamp[0] ?? 0;
  }

  /** Chooses how audio is sent from now on. */
  setFormat(codec: G711Codec, payloadType: number): void {
    this.#codec = codec;
    this.#payloadType = payloadType;
  }

  /** Moves the timestamp on, whether or not anything was sent. RFC 3550 §5.1 */
  advance(frames: number): void {
    this.#rtpTimestamp[0] = this.rtpTimestamp + frames * FRAME_SAMPLES;
  }

  /** Notes that this tick carries no audio, so that the next that does is marked. RFC 3551 §4.1 */
  pause(): void {
    this.#marker = true;
  }

  /** Makes the packet of one frame; silence when undefined. */
  audio(frame: Int16Array | undefined): Buffer {
    const packet = this.#next(this.#audioPacket, this.#payloadType, this.#marker);
    this.#marker = false;
    if (frame === undefined) {
      packet.fill(this.#codec.silence, RTP_HEADER_BYTES);
    } else {
      encodeG711(this.#codec, frame, FRAME_SAMPLES, packet, RTP_HEADER_BYTES);
    }
    return packet;
  }

  /** Makes an event packet; `rtpTimestamp` is that of the event's start. RFC 4733 §2.5.1.2 */
  event(event: {
    readonly payloadType: number;
    readonly rtpTimestamp: number;
    readonly key: string;
    readonly first: boolean;
    readonly end: boolean;
    readonly durationTicks: number;
  }): Buffer {
    const packet = this.#next(
      this.#eventPacket,
      event.payloadType,
      event.first,
      event.rtpTimestamp,
    );
    writeTelephoneEvent(packet, RTP_HEADER_BYTES, event);
    return packet;
  }

  #next(
    packet: Buffer,
    payloadType: number,
    marker: boolean,
    rtpTimestamp = this.rtpTimestamp,
  ): Buffer {
    const sequenceNumber = this.#sequenceNumber;
    writeRtpHeader(packet, { payloadType, marker, sequenceNumber, rtpTimestamp, ssrc: this.ssrc });
    this.#sequenceNumber = (sequenceNumber + 1) & 0xffff;
    this.#packetsSent += 1;
    this.#octetsSent += packet.length - RTP_HEADER_BYTES;
    return packet;
  }
}
