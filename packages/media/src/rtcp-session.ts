import { randomBytes, randomInt } from 'node:crypto';
import { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE_HZ } from './frame.ts';
import { parseRtcp, writeRtcp } from './rtcp-packet.ts';
import type { RtpReceiver } from './rtp-receiver.ts';
import type { RtpSender } from './rtp-sender.ts';

/** Between reports on average; the first comes after half of it. RFC 3550 §6.2 */
const INTERVAL_MS = 5000;
/** The interval is divided by e - 3/2, as by parties that reconsider their timers. RFC 3550 §6.3.1 */
const COMPENSATION = Math.E - 1.5;
/** A round trip beyond this is a peer that echoes other numbers than ours. */
const MAX_ROUND_TRIP_MS = 60_000;

/** What the peer last told of the stream it receives from us. */
export interface RemoteReception {
  /** Since the beginning. */
  readonly packetsLost: number;
  /** Between its last two reports, 0 to 1. */
  readonly fractionLost: number;
  readonly jitterMs: number;
}

/** The reports of one leg: when ours are due and what they say, and what the peer's tell. */
export class RtcpSession {
  readonly #sender: RtpSender;
  readonly #receiver: RtpReceiver;
  /** New for every leg, so that calls cannot be linked by it. RFC 7022 §4.2 */
  readonly #cname = randomBytes(12).toString('base64');
  #ticksToReport = reportTicks(INTERVAL_MS / 2);
  #packetsAtReport = 0;
  #expectedAtReport = 0;
  #lostAtReport = 0;
  #lastSenderReport = 0;
  #lastSenderReportAtMs = 0;
  #reportsSent = 0;
  #reportsReceived = 0;
  #roundTripMs: number | undefined;
  #remote: RemoteReception | undefined;
  #peerSaidBye = false;

  constructor(sender: RtpSender, receiver: RtpReceiver) {
    this.#sender = sender;
    this.#receiver = receiver;
  }

  get reportsSent(): number {
    return this.#reportsSent;
  }

  get reportsReceived(): number {
    return this.#reportsReceived;
  }

  /** Of the last report in which the peer echoed one of ours. RFC 3550 §6.4.1 */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  get remote(): RemoteReception | undefined {
    return this.#remote;
  }

  get peerSaidBye(): boolean {
    return this.#peerSaidBye;
  }

  /** Counts one tick; true when a report is due. */
  tick(): boolean {
    this.#ticksToReport -= 1;
    if (this.#ticksToReport > 0) {
      return false;
    }
    this.#ticksToReport = reportTicks(INTERVAL_MS);
    return true;
  }

  /** Makes the next report. */
  report(nowMs: number, bye = false): Buffer {
    const sender = this.#sender;
    const receiver = this.#receiver;
    const expected = receiver.packetsExpected - this.#expectedAtReport;
    const lost = receiver.packetsLost - this.#lostAtReport;
    // A.3: a share of less than nothing, by duplicates or late packets, is none.
    const fractionLost = expected > 0 ? Math.max(0, Math.min(255, (lost * 256) / expected)) : 0;
    this.#expectedAtReport = receiver.packetsExpected;
    this.#lostAtReport = receiver.packetsLost;
    const isSender = sender.packetsSent !== this.#packetsAtReport;
    this.#packetsAtReport = sender.packetsSent;
    this.#reportsSent += 1;
    return writeRtcp({
      ssrc: sender.ssrc,
      sender: isSender
        ? {
            // Elapsed time instead of the time of day. RFC 3550 §6.4.1
            ntpSeconds: Math.floor(nowMs / 1000),
            ntpFraction: Math.floor(((nowMs % 1000) / 1000) * 2 ** 32),
            rtpTimestamp: sender.rtpTimestamp,
            packets: sender.packetsSent,
            octets: sender.octetsSent,
          }
        : undefined,
      reception:
        receiver.ssrc === undefined
          ? undefined
          : {
              ssrc: receiver.ssrc,
              fractionLost: Math.floor(fractionLost),
              packetsLost: receiver.packetsLost,
              highestSequence: receiver.highestSequence,
              jitterTicks: Math.round((receiver.jitterMs * SAMPLE_RATE_HZ) / 1000),
              lastSenderReport: this.#lastSenderReport,
              delaySinceLastSenderReport:
                this.#lastSenderReport === 0
                  ? 0
                  : Math.round(((nowMs - this.#lastSenderReportAtMs) * 65_536) / 1000),
            },
      cname: this.#cname,
      bye,
    });
  }

  /** Takes a packet of the peer; false when it is none. */
  receive(bytes: Buffer, nowMs: number): boolean {
    const report = parseRtcp(bytes);
    if (report === undefined) {
      return false;
    }
    this.#reportsReceived += 1;
    if (report.senderReport !== undefined) {
      this.#lastSenderReport = report.senderReport;
      this.#lastSenderReportAtMs = nowMs;
    }
    for (const reception of report.receptions) {
      if (reception.ssrc === this.#sender.ssrc) {
        this.#remote = {
          packetsLost: reception.packetsLost,
          fractionLost: reception.fractionLost / 256,
          jitterMs: (reception.jitterTicks * FRAME_MS) / FRAME_SAMPLES,
        };
        this.#measureRoundTrip(
          reception.lastSenderReport,
          reception.delaySinceLastSenderReport,
          nowMs,
        );
      }
    }
    this.#peerSaidBye = report.bye.length > 0;
    return true;
  }

  // Round trip = A - LSR - DLSR, in 1/65536 s modulo 2^32. RFC 3550 §6.4.1
  #measureRoundTrip(lastSenderReport: number, delay: number, nowMs: number): void {
    if (lastSenderReport === 0) {
      return;
    }
    const arrival = Math.floor((nowMs * 65_536) / 1000) % 2 ** 32;
    const roundTripMs = (((arrival - lastSenderReport - delay) | 0) * 1000) / 65_536;
    if (roundTripMs <= MAX_ROUND_TRIP_MS) {
      // Less than nothing is what rounding leaves of a short one.
      this.#roundTripMs = Math.max(0, roundTripMs);
    }
  }
}

/** Between half and one and a half of the interval, so that parties do not fall into step. */
function reportTicks(intervalMs: number): number {
  const leastMs = (0.5 * intervalMs) / COMPENSATION;
  return Math.round((leastMs + randomInt(Math.round(2 * leastMs))) / FRAME_MS);
}
