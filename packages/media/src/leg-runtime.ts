import { lookup } from 'node:dns';
import { isIP, isIPv6 } from 'node:net';
import { fillDtmf } from './audio-source.ts';
import type { MixerSeat } from './bridge-mixer.ts';
import { DtmfDetector } from './dtmf-detector.ts';
import { DtmfDialer } from './dtmf-dialer.ts';
import type { DialTick } from './dtmf-dialer.ts';
import { FRAME_SAMPLES } from './frame.ts';
import { G711 } from './g711.ts';
import type { CodecName } from './g711.ts';
import { Listeners } from './listeners.ts';
import type { ErrorReporter } from './listeners.ts';
import type { MediaClock } from './media-clock.ts';
import { PlayQueue } from './play-queue.ts';
import { RtcpSession } from './rtcp-session.ts';
import type { RemoteReception } from './rtcp-session.ts';
import { RtpLatch } from './rtp-latch.ts';
import { isRtcp, RtpPacket } from './rtp-packet.ts';
import { RtpReceiver } from './rtp-receiver.ts';
import { RtpSender } from './rtp-sender.ts';
import type { RtpSocket } from './rtp-socket.ts';
import { SilenceWatchdog } from './silence-watchdog.ts';
import { sameKey } from './srtp-key.ts';
import type { SrtpKey } from './srtp-key.ts';
import { SrtpReceiver } from './srtp-receiver.ts';
import { SrtpSender } from './srtp-sender.ts';
import type { Arrival } from './thread-socket.ts';

/** Which way audio flows, as seen from us. RFC 8866 §6.7 */
export type MediaDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** The peer as signalling describes it. */
export interface MediaRemote {
  /** Address or name. An unspecified address (`0.0.0.0`) is an old-style hold: nothing is sent. */
  readonly host: string;
  /** UDP port; 0 sends nothing. */
  readonly port: number;
  readonly codec: CodecName;
  /** Default: the codec's static payload type, 0 or 8. */
  readonly payloadType?: number | undefined;
  /** Both ways. Undefined: not negotiated, so digits go and come in-band. RFC 4733 */
  readonly telephoneEventPayloadType?: number | undefined;
  /** What the peer may send besides: the other codec of its answer, events by the number of our offer. RFC 3264 §7, §6.1 */
  readonly alsoReceived?:
    | {
        readonly codec?: { readonly codec: CodecName; readonly payloadType: number } | undefined;
        readonly telephoneEventPayloadType?: number | undefined;
      }
    | undefined;
  /** As seen from us; default `sendrecv`. */
  readonly direction?: MediaDirection | undefined;
  /** Both ways, each with the key its sender chose. Undefined: nothing is protected. RFC 4568 */
  readonly srtp?: { readonly send: SrtpKey; readonly receive: SrtpKey } | undefined;
}

/** What a leg has counted since it was opened. */
export interface MediaLegStats {
  /** Undefined before it is connected. */
  readonly codec: CodecName | undefined;
  /** By SRTP. */
  readonly isProtected: boolean;
  readonly packetsSent: number;
  /** RTP packets of the peer with a negotiated payload type, duplicates excluded. */
  readonly packetsReceived: number;
  /** Missing sequence numbers. RFC 3550 A.3 */
  readonly packetsLost: number;
  /** What arrived and was not used: garbage, strangers, unknown payload types, late, duplicate. */
  readonly packetsDiscarded: number;
  /** Interarrival jitter. RFC 3550 §6.4.1 */
  readonly jitterMs: number;
  /** The largest it has been. */
  readonly maxJitterMs: number;
  /** What waits in the jitter buffer. */
  readonly bufferMs: number;
  /** By RTCP; undefined as long as the peer echoed no report of ours. */
  readonly roundTripMs: number | undefined;
  /** How the peer receives what we send, by its RTCP. */
  readonly remote: RemoteReception | undefined;
  readonly rtcpSent: number;
  readonly rtcpReceived: number;
  /** The media clock's milliseconds; undefined before the first packet. */
  readonly lastPacketAt: number | undefined;
}

/** What passed between a leg and its peer in one tick; undefined is silence. */
export interface LegFrames {
  /** What the peer says. */
  readonly said: Int16Array | undefined;
  /** What the peer hears. A key that is sent as an event is not among it. */
  readonly heard: Int16Array | undefined;
}

/** The works of a leg: driven by its socket and, twice per tick, by the engine. */
export class LegRuntime implements MixerSeat {
  readonly input = new Int16Array(FRAME_SAMPLES);
  isSpeaking = false;
  /** Not to be heard in the bridge. */
  isMuted = false;
  audience: LegRuntime | undefined;
  hearing: Int16Array | undefined;
  readonly socket: RtpSocket;
  readonly plays = new PlayQueue();
  readonly dialer = new DtmfDialer();
  readonly digitListeners: Listeners<string>;
  readonly audioListeners: Listeners<Int16Array>;
  readonly frameListeners: Listeners<LegFrames>;
  readonly #clock: MediaClock;
  readonly #report: ErrorReporter;
  readonly #onClose: (runtime: LegRuntime) => void;
  readonly #packet = new RtpPacket();
  readonly watchdog: SilenceWatchdog;
  readonly #latch = new RtpLatch();
  readonly #rtcpLatch = new RtpLatch();
  readonly #receiver: RtpReceiver;
  readonly #sender = new RtpSender();
  readonly #rtcp: RtcpSession;
  /** The peer sends RTCP to the port of RTP, and is answered there. RFC 5761 */
  #isMuxed = false;
  #srtpSender: SrtpSender | undefined;
  #srtpReceiver: SrtpReceiver | undefined;
  readonly #detector: DtmfDetector;
  readonly #localFrame = new Int16Array(FRAME_SAMPLES);
  /** How often signalling has described the peer; a look-up of an earlier name is void. */
  #connects = 0;
  #codec: CodecName | undefined;
  #closed = false;
  #sends = false;
  #receives = false;
  #telephoneEventPayloadType: number | undefined;
  /** How the peer told its first key: phones that tell each key in two ways are not to press it twice. */
  #keysBy: 'event' | 'tone' | 'signalling' | undefined;
  /** Timestamp at which the key being sent began. */
  #keyStartedAt = 0;
  #leaveBridge: (() => void) | undefined;
  #strayPackets = 0;
  /** One object for every tick; only its fields change. */
  readonly #frames: { said: Int16Array | undefined; heard: Int16Array | undefined } = {
    said: undefined,
    heard: undefined,
  };
  /** NaN before the first: a field that is always a number is written without making an object of it. */

  constructor(
    socket: RtpSocket,
    clock: MediaClock,
    report: ErrorReporter,
    onClose: (runtime: LegRuntime) => void,
  ) {
    this.socket = socket;
    this.#clock = clock;
    this.#report = report;
    this.#onClose = onClose;
    this.digitListeners = new Listeners(report);
    this.audioListeners = new Listeners(report);
    this.frameListeners = new Listeners(report);
    this.#receiver = new RtpReceiver((key) => this.takeKey('event', key));
    this.#rtcp = new RtcpSession(this.#sender, this.#receiver);
    this.watchdog = new SilenceWatchdog(report);
    this.#detector = new DtmfDetector((key) => this.takeKey('tone', key));
    socket.listen({
      onPacket: (bytes, arrival) => this.#onDatagram(bytes, arrival),
      onControlPacket: (bytes, arrival) => this.#onControlDatagram(bytes, arrival),
      onError: report,
      onLost: () => this.watchdog.lost(),
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  connect(remote: MediaRemote): void {
    if (this.#closed) {
      return;
    }
    const codec = G711[remote.codec];
    const direction = remote.direction ?? 'sendrecv';
    const payloadType = remote.payloadType ?? codec.staticPayloadType;
    const other = remote.alsoReceived?.codec;
    this.#telephoneEventPayloadType = remote.telephoneEventPayloadType;
    this.#sends = direction === 'sendrecv' || direction === 'sendonly';
    this.#receives = direction === 'sendrecv' || direction === 'recvonly';
    this.#sender.setFormat(codec, payloadType);
    this.#receiver.setFormat({
      decodeTable: codec.decodeTable,
      payloadType,
      telephoneEventPayloadType: remote.telephoneEventPayloadType,
      other: other && { ...other, decodeTable: G711[other.codec].decodeTable },
      otherEventPayloadType: remote.alsoReceived?.telephoneEventPayloadType,
    });
    this.#codec = remote.codec;
    this.#connects += 1;
    this.watchdog.restart();
    this.#protect(remote.srtp);
    if (!this.#receives) {
      this.#receiver.flush();
    }
    this.#signalRemote(remote);
  }

  /** With what has come until now. */
  stats(): MediaLegStats {
    this.socket.receive();
    return {
      codec: this.#codec,
      isProtected: this.#srtpSender !== undefined,
      packetsSent: this.#sender.packetsSent,
      packetsReceived: this.#receiver.packetsReceived,
      packetsLost: this.#receiver.packetsLost,
      packetsDiscarded: this.#strayPackets + this.#receiver.packetsDiscarded,
      jitterMs: this.#receiver.jitterMs,
      maxJitterMs: this.#receiver.maxJitterMs,
      bufferMs: this.#receiver.bufferMs,
      roundTripMs: this.#rtcp.roundTripMs,
      remote: this.#rtcp.remote,
      rtcpSent: this.#rtcp.reportsSent,
      rtcpReceived: this.#rtcp.reportsReceived,
      lastPacketAt: Number.isNaN(this.#packet.arrivedAtMs) ? undefined : this.#packet.arrivedAtMs,
    };
  }

  /** Leaves the bridge it is in and takes a place in another. False: the leg is closed. */
  joinBridge(leave: () => void): boolean {
    if (this.#closed) {
      return false;
    }
    this.leaveBridge();
    this.#leaveBridge = leave;
    return true;
  }

  leaveBridge(): void {
    this.#leaveBridge?.();
    this.#leaveBridge = undefined;
    this.isMuted = false;
    this.audience = undefined;
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      if (this.#sender.packetsSent > 0) {
        this.#sendReport(true); // RFC 3550 §6.3.7
      }
      this.watchdog.clear();
      this.leaveBridge();
      this.plays.stopAll();
      this.dialer.stopAll();
      this.digitListeners.clear();
      this.audioListeners.clear();
      this.frameListeners.clear();
      this.#onClose(this);
    }
    return this.socket.close();
  }

  /** A key that the peer pressed. Whoever has once told one by events or signalling is not heard of in another way. */
  takeKey(by: 'event' | 'tone' | 'signalling', key: string): void {
    if (this.#keysBy === undefined || this.#keysBy === 'tone') this.#keysBy = by;
    if (this.#keysBy === by) this.digitListeners.emit(key);
  }

  /** First half of a tick: takes the frame to be heard by the bridge and by listeners. */
  receiveTick(nowMs: number): void {
    this.#frames.said = undefined;
    if (!this.#receives) {
      this.isSpeaking = false;
      return;
    }
    if (this.#sends) {
      this.watchdog.tick(nowMs); // A peer that holds may send nothing.
    }
    const isHeard = this.#receiver.read(this.input) !== 'idle';
    if (isHeard) this.#frames.said = this.input;
    this.isSpeaking = isHeard && !this.isMuted;
    if (!isHeard) {
      return;
    }
    if (this.#telephoneEventPayloadType === undefined && !this.digitListeners.isEmpty) {
      this.#detector.push(this.input);
    }
    this.audioListeners.emit(this.input);
  }

  /** Second half of a tick: sends a key, a play, what the bridge gave, or silence. */
  sendTick(skippedTicks: number): void {
    if (this.#connects === 0 || this.#closed) {
      return;
    }
    this.#sender.advance(skippedTicks);
    this.#frames.heard = undefined;
    const key = this.dialer.next();
    if (key !== undefined && this.#telephoneEventPayloadType !== undefined) {
      this.#sendKeyEvent(key, this.#telephoneEventPayloadType);
    } else {
      this.#sendAudio(key);
    }
    this.#sender.advance(1);
    if (this.#rtcp.tick()) {
      this.#sendReport(false);
    }
    this.frameListeners.emit(this.#frames);
  }

  #sendKeyEvent(key: DialTick, payloadType: number): void {
    const isTone = key.kind === 'tone';
    if (isTone && key.index === 0) {
      this.#keyStartedAt = this.#sender.rtpTimestamp;
    }
    this.#sender.pause();
    if (this.#canSend()) {
      const packet = this.#sender.event({
        payloadType,
        rtpTimestamp: this.#keyStartedAt,
        key: key.key,
        first: isTone && key.index === 0,
        end: !isTone || key.last,
        durationTicks: (isTone ? key.index + 1 : key.frames) * FRAME_SAMPLES,
      });
      this.#transmit(packet);
    }
  }

  #sendAudio(key: DialTick | undefined): void {
    let frame: Int16Array | undefined;
    if (key?.kind === 'tone') {
      frame = this.#localFrame;
      fillDtmf(frame, FRAME_SAMPLES, key.key, key.index * FRAME_SAMPLES);
    } else if (key === undefined) {
      frame = this.plays.read(this.#localFrame) ? this.#localFrame : this.hearing;
    }
    this.#frames.heard = frame;
    if (this.#canSend()) {
      this.#transmit(this.#sender.audio(frame));
    } else {
      this.#sender.pause();
    }
  }

  #canSend(): boolean {
    const { address, port } = this.#latch;
    // The port came from a peer: one that cannot be sent to must not throw in everyone's tick.
    return this.#sends && address !== undefined && isPort(port);
  }

  #transmit(packet: Buffer): void {
    const { address, port } = this.#latch;
    if (address !== undefined) {
      this.socket.send(this.#srtpSender?.protectRtp(packet) ?? packet, port, address);
    }
  }

  /** Also on hold, when no audio flows. RFC 3264 §8.4 */
  #sendReport(bye: boolean): void {
    const { address, port } = this.#isMuxed ? this.#latch : this.#rtcpLatch;
    if (address === undefined || !isPort(port)) {
      return;
    }
    const report = this.#rtcp.report(this.#clock.now(), bye);
    const packet = this.#srtpSender?.protectRtcp(report) ?? report;
    if (this.#isMuxed) {
      this.socket.send(packet, port, address);
    } else {
      this.socket.sendControl(packet, port, address);
    }
  }

  /** A key that stays keeps its counters: the same key stream is never used twice. */
  #protect(srtp: MediaRemote['srtp']): void {
    if (srtp === undefined) {
      this.#srtpSender = undefined;
      this.#srtpReceiver = undefined;
      return;
    }
    if (this.#srtpSender === undefined || !sameKey(this.#srtpSender.key, srtp.send)) {
      this.#srtpSender = new SrtpSender(srtp.send);
    }
    if (this.#srtpReceiver === undefined || !sameKey(this.#srtpReceiver.key, srtp.receive)) {
      this.#srtpReceiver = new SrtpReceiver(srtp.receive);
    }
  }

  #signalRemote({ host, port }: MediaRemote): void {
    if (isIP(host) !== 0) {
      const isHold = host === '0.0.0.0' || host === '::';
      this.#sends &&= !isHold; // RFC 3264 §8.4
      this.#signal(isHold ? undefined : host, port);
      return;
    }
    const connects = this.#connects;
    this.#signal(undefined, port);
    lookup(host, { family: isIPv6(this.socket.localHost) ? 6 : 4 }, (error, address) => {
      if (error !== null) {
        this.#report(error); // Symmetric RTP may still find the peer.
      } else if (connects === this.#connects) {
        this.#signal(address, port);
      }
    });
  }

  #signal(address: string | undefined, port: number): void {
    this.#latch.signal(address, port);
    this.#rtcpLatch.signal(address, port + 1); // RFC 3550 §11
  }

  #onDatagram(datagram: Buffer, arrival: Arrival): void {
    const packet = this.#packet;
    if (isRtcp(datagram)) {
      this.#isMuxed = this.#takeReport(datagram, arrival) || this.#isMuxed;
      return;
    }
    const bytes =
      this.#srtpReceiver === undefined ? datagram : this.#srtpReceiver.unprotectRtp(datagram);
    const nowMs = this.#clock.at(arrival.atMs);
    const isPeers =
      bytes !== undefined &&
      packet.parse(bytes) &&
      this.#connects > 0 &&
      this.#receiver.accepts(packet.payloadType) &&
      this.#latch.accept(arrival.address, arrival.port, nowMs);
    if (!isPeers || !this.#receives) {
      this.#strayPackets += 1;
      return;
    }
    this.watchdog.restart();
    packet.arrivedAtMs = nowMs;
    this.#receiver.receive(packet, bytes);
  }

  #onControlDatagram(bytes: Buffer, arrival: Arrival): void {
    if (this.#takeReport(bytes, arrival)) {
      const { address, port, atMs } = arrival;
      this.#rtcpLatch.accept(address, port, this.#clock.at(atMs));
      this.#isMuxed = false;
    }
  }

  /** False: not the peer's. It comes from the address of the audio, or the one signalled. */
  #takeReport(datagram: Buffer, { address, atMs }: Arrival): boolean {
    const isPeers =
      this.#connects > 0 &&
      (address === this.#latch.address || address === this.#rtcpLatch.address);
    const bytes =
      isPeers && this.#srtpReceiver !== undefined
        ? this.#srtpReceiver.unprotectRtcp(datagram)
        : datagram;
    if (!isPeers || bytes === undefined || !this.#rtcp.receive(bytes, this.#clock.at(atMs))) {
      this.#strayPackets += 1;
      return false;
    }
    this.watchdog.restart();
    return true;
  }
}

function isPort(port: number): boolean {
  return port > 0 && port < 65_536;
}
