import { createHmac } from 'node:crypto';
import { RTP_HEADER_BYTES } from './rtp-packet.ts';
import { deriveRtcpKeys, deriveRtpKeys } from './srtp-key.ts';
import type { SessionKeys, SrtpKey } from './srtp-key.ts';

/** SSRC and the header's first word stay readable. RFC 3711 §3.4 */
export const RTCP_CLEAR_BYTES = 8;
/** The E flag and the index. RFC 3711 §3.4 */
export const RTCP_INDEX_BYTES = 4;
const ENCRYPTED_FLAG = 0x8000_0000;
const SEQUENCE_MODULUS = 65_536;

/** Protects what one leg sends: RTP and RTCP of one SSRC. RFC 3711 */
export class SrtpSender {
  readonly key: SrtpKey;
  readonly #rtp: SessionKeys;
  readonly #rtcp: SessionKeys;
  #rollOvers = 0;
  #lastSequence = -1;
  #rtcpIndex = 0;

  constructor(key: SrtpKey) {
    this.key = key;
    this.#rtp = deriveRtpKeys(key);
    this.#rtcp = deriveRtcpKeys(key);
  }

  /** Makes the protected copy of a packet of ours, whose header has the fixed fields only. */
  protectRtp(packet: Buffer): Buffer {
    const { counter, authentication, tagBytes } = this.#rtp;
    const sequence = packet.readUInt16BE(2);
    if (sequence < this.#lastSequence) {
      this.#rollOvers += 1;
    }
    this.#lastSequence = sequence;
    const { length } = packet;
    const out = Buffer.allocUnsafe(length + Math.max(tagBytes, 4));
    packet.copy(out);
    const index = this.#rollOvers * SEQUENCE_MODULUS + sequence;
    counter.apply(out, RTP_HEADER_BYTES, length, packet.readUInt32BE(8), index);
    // Authenticated with the packet, but not sent. RFC 3711 §4.2
    out.writeUInt32BE(this.#rollOvers, length);
    createHmac('sha1', authentication)
      .update(out.subarray(0, length + 4))
      .digest()
      .copy(out, length, 0, tagBytes);
    return out.subarray(0, length + tagBytes);
  }

  /** Makes the protected copy of a compound packet of ours. */
  protectRtcp(packet: Buffer): Buffer {
    const { counter, authentication, tagBytes } = this.#rtcp;
    const { length } = packet;
    this.#rtcpIndex += 1;
    const out = Buffer.allocUnsafe(length + RTCP_INDEX_BYTES + tagBytes);
    packet.copy(out);
    counter.apply(out, RTCP_CLEAR_BYTES, length, packet.readUInt32BE(4), this.#rtcpIndex);
    out.writeUInt32BE((ENCRYPTED_FLAG | this.#rtcpIndex) >>> 0, length);
    createHmac('sha1', authentication)
      .update(out.subarray(0, length + RTCP_INDEX_BYTES))
      .digest()
      .copy(out, length + RTCP_INDEX_BYTES, 0, tagBytes);
    return out;
  }
}
