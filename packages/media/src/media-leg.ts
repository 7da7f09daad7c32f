import type { AudioSource } from './audio-source.ts';
import type { DialOptions } from './dtmf-dialer.ts';
import type { LegFrames, LegRuntime, MediaLegStats, MediaRemote } from './leg-runtime.ts';
import { MediaError } from './media-error.ts';
import type { PlayEnd, PlayOptions } from './play-queue.ts';

/** The works behind a leg, for this package only. */
export let legRuntimeOf: (leg: MediaLeg) => LegRuntime;

/**
 * One party's audio: a UDP port, a peer, and what flows between them. Made by `MediaEngine.openLeg`.
 *
 * While connected, and while the direction allows, a frame goes out every 20 ms: a DTMF key, else
 * what is being played, else what the bridge gives, else silence.
 */
export class MediaLeg implements AsyncDisposable {
  readonly localPort: number;
  readonly localHost: string;
  readonly #runtime: LegRuntime;

  static {
    legRuntimeOf = (leg) => leg.#runtime;
  }

  constructor(runtime: LegRuntime) {
    this.#runtime = runtime;
    this.localPort = runtime.socket.localPort;
    this.localHost = runtime.socket.localHost;
  }

  /**
   * Starts audio, or changes it after a re-INVITE. Sequence numbers, timestamps and SSRC go on.
   *
   * Audio goes to `remote` until the first valid packet shows where the peer really sends from
   * (symmetric RTP, RFC 4961). A closed leg: does nothing.
   */
  connect(remote: MediaRemote): void {
    this.#runtime.connect(remote);
  }

  /**
   * Lets the peer hear `source` in place of the bridge; resolves when its last frame was sent.
   *
   * Plays run one after another, from when the leg is connected. While the direction forbids
   * sending (hold), time goes on unheard. Rejects with `SOURCE_FAILED` if the source throws.
   */
  play(source: AudioSource, options: PlayOptions = {}): Promise<PlayEnd> {
    return this.#runtime.closed
      ? Promise.resolve('stopped')
      : this.#runtime.plays.play(source, options);
  }

  /**
   * Presses keys: `0-9 * # A-D`, `w` waits half a second, `W` one second. Sent as RFC 4733 events
   * when negotiated, else as tones. Plays wait while a key sounds.
   *
   * @throws MediaError `INVALID_DIGITS` or `CLOSED`, as a rejection.
   */
  async sendDtmf(digits: string, options: DialOptions = {}): Promise<void> {
    if (this.#runtime.closed) {
      throw new MediaError('CLOSED', 'The leg is closed');
    }
    await this.#runtime.dialer.dial(digits, options);
  }

  /**
   * Takes a key that the peer told by signalling, as SIP INFO: whoever listens for keys hears of it. A peer that tells its
   * keys by RFC 4733 as well is heard in the way it used first.
   */
  takeDigit(digit: string): void {
    if (!this.#runtime.closed) this.#runtime.takeKey('signalling', digit);
  }

  /** Calls back once per key the peer presses. Tones count only without RFC 4733 and signalling. */
  onDigit(listener: (digit: string) => void): () => void {
    return this.#runtime.digitListeners.add(listener);
  }

  /**
   * Calls back with what the peer says: 160 samples every 20 ms from its first packet on, in
   * play-out order, gaps filled with silence. The array is reused and goes on to the bridge: copy
   * it to keep or to change.
   */
  onAudio(listener: (frame: Int16Array) => void): () => void {
    return this.#runtime.audioListeners.add(listener);
  }

  /**
   * Calls back when the peer, which may send, has sent neither RTP nor RTCP for `afterMs`; once,
   * until it sends again. Time on hold does not count. The returned function ends the watch.
   */
  onSilence(afterMs: number, listener: () => void): () => void {
    return this.#runtime.watchdog.watch(afterMs, listener);
  }

  /**
   * Calls back with what passed both ways in each tick, from when the leg is connected: every 20 ms, whether or not
   * anything was said. The object and its arrays are reused: copy what is to be kept.
   */
  onFrames(listener: (frames: LegFrames) => void): () => void {
    return this.#runtime.frameListeners.add(listener);
  }

  stats(): MediaLegStats {
    return this.#runtime.stats();
  }

  /** Says BYE by RTCP, frees the ports, leaves the bridge, stops plays and digits. May be called again. */
  close(): Promise<void> {
    return this.#runtime.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
