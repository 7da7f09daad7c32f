import { lookup } from 'node:dns';
import type { RemoteInfo } from 'node:dgram';
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
import { RtpLatch } from './rtp-latch.ts';
import { RtpPacket } from './rtp-packet.ts';
import { RtpReceiver } from './rtp-receiver.ts';
import { RtpSender } from './rtp-sender.ts';
import type { RtpSocket } from './rtp-socket.ts';

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
  /** As seen from us; default `sendrecv`. */
  readonly direction?: MediaDirection | undefined;
}

/** What a leg has counted since it was opened. */
export interface MediaLegStats {
  readonly packetsSent: number;
  /** RTP packets of the peer with a negotiated payload type, duplicates excluded. */
  readonly packetsReceived: number;
  /** Missing sequence numbers. RFC 3550 A.3 */
  readonly packetsLost: number;
  /** What arrived and was not used: garbage, strangers, unknown payload types, late, duplicate. */
  readonly packetsDiscarded: number;
  /** Interarrival jitter. RFC 3550 §6.4.1 */
  readonly jitterMs: number;
  /** The media clock's milliseconds; undefined before the first packet. */
  readonly lastPacketAt: number | undefined;
}

/** The works of a leg: driven by its socket and, twice per tick, by the engine. */
export class LegRuntime implements MixerSeat {
  readonly input = new Int16Array(FRAME_SAMPLES);
  isSpeaking = false;
  /** Not to be heard in the bridge. */
  isMuted = false;
  hearing: Int16Array | undefined;
  readonly socket: RtpSocket;
  readonly plays = new PlayQueue();
  readonly dialer = new DtmfDialer();
  readonly digitListeners: Listeners<string>;
  readonly audioListeners: Listeners<Int16Array>;
  readonly #clock: MediaClock;
  readonly #report: ErrorReporter;
  readonly #onClose: (runtime: LegRuntime) => void;
  readonly #packet = new RtpPacket();
  readonly #latch = new RtpLatch();
  readonly #receiver: RtpReceiver;
  readonly #sender = new RtpSender();
  readonly #detector: DtmfDetector;
  readonly #localFrame = new Int16Array(FRAME_SAMPLES);
  /** How often signalling has described the peer; a look-up of an earlier name is void. */
  #connects = 0;
  #closed = false;
  #sends = false;
  #receives = false;
  #telephoneEventPayloadType: number | undefined;
  /** Timestamp at which the key being sent began. */
  #keyStartedAt = 0;
  #leaveBridge: (() => void) | undefined;
  #strayPackets = 0;
  #lastPacketAtMs: number | undefined;

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
    this.#receiver = new RtpReceiver((key) => this.digitListeners.emit(key));
    this.#detector = new DtmfDetector((key) => this.digitListeners.emit(key));
    socket.onMessage((bytes, source) => this.#onDatagram(bytes, source));
    socket.onError(report);
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
    this.#telephoneEventPayloadType = remote.telephoneEventPayloadType;
    this.#sends = direction === 'sendrecv' || direction === 'sendonly';
    this.#receives = direction === 'sendrecv' || direction === 'recvonly';
    this.#sender.setFormat(codec, payloadType);
    this.#receiver.setFormat({
      decodeTable: codec.decodeTable,
      payloadType,
      telephoneEventPayloadType: remote.telephoneEventPayloadType,
    });
    this.#connects += 1;
    if (!this.#receives) {
      this.#receiver.flush();
    }
    this.#signalRemote(remote);
  }

  stats(): MediaLegStats {
    return {
      packetsSent: this.#sender.packetsSent,
      packetsReceived: this.#receiver.packetsReceived,
      packetsLost: this.#receiver.packetsLost,
      packetsDiscarded: this.#strayPackets + this.#receiver.packetsDiscarded,
      jitterMs: this.#receiver.jitterMs,
      lastPacketAt: this.#lastPacketAtMs,
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
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.leaveBridge();
      this.plays.stopAll();
      this.dialer.stopAll();
      this.digitListeners.clear();
      this.audioListeners.clear();
      this.#onClose(this);
    }
    return this.socket.close();
  }

  /** First half of a tick: takes the frame to be heard by the bridge and by listeners. */
  receiveTick(): void {
    if (!this.#receives) {
      this.isSpeaking = false;
      return;
    }
    const isHeard = this.#receiver.read(this.input) !== 'idle';
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
    const key = this.dialer.next();
    if (key !== undefined && this.#telephoneEventPayloadType !== undefined) {
      this.#sendKeyEvent(key, this.#telephoneEventPayloadType);
    } else {
      this.#sendAudio(key);
    }
    this.#sender.advance(1);
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
    if (this.#canSend()) {
      this.#transmit(this.#sender.audio(frame));
    } else {
      this.#sender.pause();
    }
  }

  #canSend(): boolean {
    const { address, port } = this.#latch;
    // The port came from a peer: one that cannot be sent to must not throw in everyone's tick.
    return this.#sends && address !== undefined && port > 0 && port < 65_536;
  }

  #transmit(packet: Buffer): void {
    const { address, port } = this.#latch;
    if (address !== undefined) {
      this.socket.send(packet, port, address);
    }
  }

  #signalRemote({ host, port }: MediaRemote): void {
    if (isIP(host) !== 0) {
      const isHold = host === '0.0.0.0' || host === '::';
      this.#sends &&= !isHold; // RFC 3264 §8.4
      this.#latch.signal(host, port);
      return;
    }
    const connects = this.#connects;
    this.#latch.signal(undefined, port);
    lookup(host, { family: isIPv6(this.socket.localHost) ? 6 : 4 }, (error, address) => {
      if (error !== null) {
        this.#report(error); // Symmetric RTP may still find the peer.
      } else if (connects === this.#connects) {
        this.#latch.signal(address, port);
      }
    });
  }

  #onDatagram(bytes: Buffer, source: RemoteInfo): void {
    const packet = this.#packet;
    const outcome = packet.parse(bytes);
    if (outcome === 'rtcp') {
      return;
    }
    const nowMs = this.#clock.now();
    const isPeers =
      outcome === 'rtp' &&
      this.#connects > 0 &&
      this.#receiver.accepts(packet.payloadType) &&
      this.#latch.accept(source.address, source.port, nowMs);
    if (!isPeers || !this.#receives) {
      this.#strayPackets += 1;
      return;
    }
    this.#lastPacketAtMs = nowMs;
    this.#receiver.receive(packet, bytes, nowMs);
  }
}
