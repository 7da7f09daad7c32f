//   0                   1                   2                   3
//   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |V=2|P|  count  |      PT       |   length in words, less one   |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |                 SSRC of the sender of the packet              |
//  +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
//  | SR only: NTP timestamp (8), RTP timestamp (4), packets (4), octets (4)
//  +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
//  | per source: SSRC (4), fraction lost (1), lost (3), highest sequence (4),
//  |             jitter (4), last SR (4), delay since last SR (4)
//  RFC 3550 §6.4.1, §6.4.2

/** Packet types. RFC 3550 §12.1 */
const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const BYE = 203;
const SDES_CNAME = 1;

const SENDER_INFO_BYTES = 20;
const REPORT_BLOCK_BYTES = 24;
const MAX_LOST = 0x7f_ffff;

/** What one party tells another of the stream it receives from it. RFC 3550 §6.4.1 */
export interface ReceptionReport {
  readonly ssrc: number;
  /** Share of packets lost since the last report, in 256ths. */
  readonly fractionLost: number;
  /** Since the beginning; negative when duplicates came. */
  readonly packetsLost: number;
  /** Highest sequence number received, extended by the count of its cycles. */
  readonly highestSequence: number;
  /** Interarrival jitter in timestamp units. */
  readonly jitterTicks: number;
  /** Middle 32 bits of the NTP timestamp of the last sender report; 0 for none. */
  readonly lastSenderReport: number;
  /** Time since then in 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
}

/** What a sender tells of its own stream. */
interface SenderInfo {
  /** Seconds and 2^-32 seconds of one clock, whatever its start. RFC 3550 §6.4.1 */
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  readonly rtpTimestamp: number;
  readonly packets: number;
  readonly octets: number;
}

/** What a compound packet says, as far as a call needs it. */
export interface RtcpReport {
  readonly ssrc: number;
  /** Middle 32 bits of the NTP timestamp; undefined in a receiver report. */
  readonly senderReport: number | undefined;
  readonly receptions: readonly ReceptionReport[];
  /** Sources that have left. */
  readonly bye: readonly number[];
}

/** A compound packet to write. */
export interface RtcpFields {
  readonly ssrc: number;
  /** Undefined: nothing was sent since the last report, so this is a receiver report. */
  readonly sender: SenderInfo | undefined;
  readonly reception: ReceptionReport | undefined;
  readonly cname: string;
  readonly bye: boolean;
}

/** Reads a compound packet. Undefined: not one by RFC 3550 A.2. Never throws. */
export function parseRtcp(bytes: Buffer): RtcpReport | undefined {
  const type = bytes[1];
  if (bytes.length < 8 || (type !== SENDER_REPORT && type !== RECEIVER_REPORT)) {
    return undefined;
  }
  let senderReport: number | undefined;
  const receptions: ReceptionReport[] = [];
  const bye: number[] = [];
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < 4) {
      return undefined;
    }
    const first = bytes.readUInt8(at);
    const end = at + 4 * (bytes.readUInt16BE(at + 2) + 1);
    const isLast = end === bytes.length;
    const isPadded = (first & 0x20) !== 0;
    if (first >> 6 !== 2 || end > bytes.length || (isPadded && !isLast)) {
      return undefined;
    }
    const count = first & 0x1f;
    const packetType = bytes.readUInt8(at + 1);
    if (packetType === SENDER_REPORT || packetType === RECEIVER_REPORT) {
      const hasInfo = packetType === SENDER_REPORT;
      const blocksAt = at + 8 + (hasInfo ? SENDER_INFO_BYTES : 0);
      if (blocksAt + count * REPORT_BLOCK_BYTES > end) {
        return undefined;
      }
      if (hasInfo) {
        senderReport = bytes.readUInt32BE(at + 10);
      }
      for (let block = 0; block < count; block += 1) {
        receptions.push(readReception(bytes, blocksAt + block * REPORT_BLOCK_BYTES));
      }
    } else if (packetType === BYE) {
      if (at + 4 + count * 4 > end) {
        return undefined;
      }
      for (let source = 0; source < count; source += 1) {
        bye.push(bytes.readUInt32BE(at + 4 + source * 4));
      }
    }
    at = end;
  }
  return { ssrc: bytes.readUInt32BE(4), senderReport, receptions, bye };
}

/** Writes a report, the CNAME that each compound packet must carry, and BYE. RFC 3550 §6.1 */
export function writeRtcp({ ssrc, sender, reception, cname, bye }: RtcpFields): Buffer {
  const name = Buffer.from(cname, 'latin1');
  // At least one zero ends the list of items; a chunk ends on a word. RFC 3550 §6.5
  const sdesBytes = 8 + Math.ceil((2 + name.length + 1) / 4) * 4;
  const reportBytes =
    8 +
    (sender === undefined ? 0 : SENDER_INFO_BYTES) +
    (reception === undefined ? 0 : REPORT_BLOCK_BYTES);
  const bytes = Buffer.alloc(reportBytes + sdesBytes + (bye ? 8 : 0));
  const count = reception === undefined ? 0 : 1;
  writeHeader(bytes, 0, sender === undefined ? RECEIVER_REPORT : SENDER_REPORT, count, reportBytes);
  bytes.writeUInt32BE(ssrc, 4);
  let at = 8;
  if (sender !== undefined) {
    bytes.writeUInt32BE(sender.ntpSeconds >>> 0, at);
    bytes.writeUInt32BE(sender.ntpFraction >>> 0, at + 4);
    bytes.writeUInt32BE(sender.rtpTimestamp, at + 8);
    bytes.writeUInt32BE(sender.packets >>> 0, at + 12);
    bytes.writeUInt32BE(sender.octets >>> 0, at + 16);
    at += SENDER_INFO_BYTES;
  }
  if (reception !== undefined) {
    writeReception(bytes, at, reception);
    at += REPORT_BLOCK_BYTES;
  }
  writeHeader(bytes, at, SOURCE_DESCRIPTION, 1, sdesBytes);
  bytes.writeUInt32BE(ssrc, at + 4);
  bytes.writeUInt8(SDES_CNAME, at + 8);
  bytes.writeUInt8(name.length, at + 9);
  name.copy(bytes, at + 10);
  if (bye) {
    at += sdesBytes;
    writeHeader(bytes, at, BYE, 1, 8);
    bytes.writeUInt32BE(ssrc, at + 4);
  }
  return bytes;
}

function writeHeader(bytes: Buffer, at: number, type: number, count: number, size: number): void {
  bytes.writeUInt8(0x80 | count, at);
  bytes.writeUInt8(type, at + 1);
  bytes.writeUInt16BE(size / 4 - 1, at + 2);
}

function readReception(bytes: Buffer, at: number): ReceptionReport {
  return {
    ssrc: bytes.readUInt32BE(at),
    fractionLost: bytes.readUInt8(at + 4),
    packetsLost: bytes.readIntBE(at + 5, 3),
    highestSequence: bytes.readUInt32BE(at + 8),
    jitterTicks: bytes.readUInt32BE(at + 12),
    lastSenderReport: bytes.readUInt32BE(at + 16),
    delaySinceLastSenderReport: bytes.readUInt32BE(at + 20),
  };
}

function writeReception(bytes: Buffer, at: number, report: ReceptionReport): void {
  bytes.writeUInt32BE(report.ssrc, at);
  bytes.writeUInt8(report.fractionLost, at + 4);
  bytes.writeIntBE(Math.min(report.packetsLost, MAX_LOST), at + 5, 3);
  bytes.writeUInt32BE(report.highestSequence >>> 0, at + 8);
  bytes.writeUInt32BE(report.jitterTicks, at + 12);
  bytes.writeUInt32BE(report.lastSenderReport, at + 16);
  bytes.writeUInt32BE(report.delaySinceLastSenderReport >>> 0, at + 20);
}
