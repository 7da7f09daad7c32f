//   0                   1                   2                   3
//   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |                           timestamp                           |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |           synchronization source (SSRC) identifier            |
//  +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
//  |            contributing source (CSRC) identifiers             |
//  |                             ....                              |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |      defined by profile       |           length              |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |                        header extension                       |
//  RFC 3550 §5.1, §5.3.1

/** Bytes of the fixed header. RFC 3550 §5.1 */
export const RTP_HEADER_BYTES = 12;

/**
 * Whether a datagram at the port of RTP is RTCP: types 200-204 read as payload types 72-76, which
 * RTP leaves unused. RFC 3551 §6, RFC 5761 §4
 */
export function isRtcp(bytes: Uint8Array): boolean {
  const payloadType = (bytes[1] ?? 0) & 0x7f;
  return (bytes[0] ?? 0) >> 6 === 2 && payloadType >= 72 && payloadType <= 76;
}

/**
 * The header of one received packet, read in place; one object serves a whole leg. NOTE: a number beyond 31 bits in a field
 * is an object of its own, made anew for each packet; in typed arrays it is not.
 */
export class RtpPacket {
  payloadType = 0;
  marker = false;
  sequenceNumber = 0;
  readonly #words = new Uint32Array(2);
  readonly #times = new Float64Array([Number.NaN]);
  /** Offset of the first payload byte in the datagram. */
  payloadStart = 0;
  /** Offset after the last payload byte, padding excluded. */
  payloadEnd = 0;

  get rtpTimestamp(): number {
    return this.#words[0] ?? 0;
  }

  get ssrc(): number {
    return this.#words[1] ?? 0;
  }

  /** When the last one came that was taken, by the media clock; whoever takes it says so. */
  get arrivedAtMs(): number {
    return this.#times[0] ?? Number.NaN;
  }

  set arrivedAtMs(atMs: number) {
    this.#times[0] = atMs;
  }

  /** Reads a datagram that is not RTCP. False: it is not RTP either. Never throws. */
  parse(bytes: Uint8Array): boolean {
    const length = bytes.length;
    const first = bytes[0] ?? 0;
    const second = bytes[1] ?? 0;
    if (length < 4 || first >> 6 !== 2) {
      return false;
    }
    let start = RTP_HEADER_BYTES + (first & 0x0f) * 4;
    if ((first & 0x10) !== 0) {
      // The length counts 32-bit words after its own four bytes. RFC 3550 §5.3.1
      start += 4 + (((bytes[start + 2] ?? 0) << 8) | (bytes[start + 3] ?? 0)) * 4;
    }
    let end = length;
    if ((first & 0x20) !== 0) {
      // The last byte counts the padding, itself included. RFC 3550 §5.1
      const paddingBytes = bytes[length - 1] ?? 0;
      if (paddingBytes === 0) {
        return false;
      }
      end -= paddingBytes;
    }
    if (start > end) {
      return false;
    }
    this.payloadType = second & 0x7f;
    this.marker = (second & 0x80) !== 0;
    this.sequenceNumber = ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
    readUint32(bytes, 4, this.#words, 0);
    readUint32(bytes, 8, this.#words, 1);
    this.payloadStart = start;
    this.payloadEnd = end;
    return true;
  }
}

/** Fields of a header to write; the rest is fixed: no padding, extension or CSRC. */
export interface RtpHeaderFields {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequenceNumber: number;
  readonly rtpTimestamp: number;
  readonly ssrc: number;
}

/** Writes the twelve fixed bytes at the start of `out`. */
export function writeRtpHeader(out: Uint8Array, header: RtpHeaderFields): void {
  out[0] = 0x80;
  out[1] = (header.marker ? 0x80 : 0) | header.payloadType;
  out[2] = header.sequenceNumber >>> 8;
  out[3] = header.sequenceNumber;
  writeUint32(out, 4, header.rtpTimestamp);
  writeUint32(out, 8, header.ssrc);
}

function readUint32(bytes: Uint8Array, at: number, into: Uint32Array, index: number): void {
  const high = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const low = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  into[index] = (high << 16) | low;
}

function writeUint32(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}
