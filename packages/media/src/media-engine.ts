import { AudioBridge } from './audio-bridge.ts';
import { BridgeMixer } from './bridge-mixer.ts';
import { LegRuntime } from './leg-runtime.ts';
import type { ErrorReporter } from './listeners.ts';
import type { MediaClock } from './media-clock.ts';
import { MediaError } from './media-error.ts';
import { MediaLeg } from './media-leg.ts';
import { realClock } from './real-clock.ts';
import { PortAllocator } from './rtp-socket.ts';
import type { PortRange } from './rtp-socket.ts';
import { Ticker } from './ticker.ts';

/** Options of a media engine. */
export interface MediaEngineOptions {
  /** Time; default the machine's. */
  readonly clock?: MediaClock | undefined;
  /**
   * Told what a listener threw, of socket errors, and when a thread of sockets ends. Default: an uncaught exception, outside the
   * tick, so that one faulty listener does not silence the other calls.
   */
  readonly onError?: ErrorReporter | undefined;
  /**
   * Told, at most every 10 s, how many packets found no room between the calls and a thread of their
   * sockets since it was last told: this process stood still, or carries more than it can.
   */
  readonly onOverrun?: ((packets: number) => void) | undefined;
}

/** Options of a leg. */
export interface OpenLegOptions {
  /** Address, or name of an address, of this machine. */
  readonly host: string;
  /** Pairs of ports from here; default any the system gives. */
  readonly portRange?: PortRange | undefined;
}

/** What an engine holds and has done. */
export interface MediaEngineStats {
  readonly legs: number;
  readonly bridges: number;
  readonly ticks: number;
  /** Ticks more than 20 ms late, and those skipped after a stall. */
  readonly lateTicks: number;
  readonly sockets: number;
  /** RTP packets that peers sent and that did not arrive, of all legs since the start. */
  readonly packetsLost: number;
  /** Packets, both ways, that found no room between the calls and the threads of their sockets. */
  readonly packetsDropped: number;
}

/** One for RTP, one for RTCP. */
const SOCKETS_PER_LEG = 2;

/** Owns legs and bridges and the one 20 ms tick that moves them all; ticks only while it has legs. */
export class MediaEngine implements AsyncDisposable {
  readonly #clock: MediaClock;
  readonly #report: ErrorReporter;
  readonly #ports: PortAllocator;
  readonly #ticker: Ticker;
  /** Replaced, never changed, so that a tick is not disturbed by what its listeners do. */
  #legs: readonly LegRuntime[] = [];
  #bridges: readonly { readonly bridge: AudioBridge; readonly mixer: BridgeMixer }[] = [];
  #sockets = 0;
  /** Of legs that are closed. */
  #lostBefore = 0;
  #closed = false;

  constructor({
    clock = realClock,
    onError = throwLater,
    onOverrun = () => undefined,
  }: MediaEngineOptions = {}) {
    this.#clock = clock;
    this.#report = onError;
    this.#ports = new PortAllocator({ onError, onOverrun });
    this.#ticker = new Ticker(clock, (skippedTicks) => this.#tick(skippedTicks));
  }

  get stats(): MediaEngineStats {
    return {
      legs: this.#legs.length,
      bridges: this.#bridges.length,
      ticks: this.#ticker.ticks,
      lateTicks: this.#ticker.lateTicks,
      sockets: this.#sockets,
      packetsLost: this.#legs.reduce(
        (sum, runtime) => sum + runtime.stats().packetsLost,
        this.#lostBefore,
      ),
      packetsDropped: this.#ports.dropped,
    };
  }

  /**
   * Binds a pair of UDP ports for one party. Close the leg when the party is gone.
   *
   * @throws MediaError `NO_PORT`, `BIND_FAILED` or `CLOSED`.
   */
  async openLeg(options: OpenLegOptions): Promise<MediaLeg> {
    this.#checkOpen();
    const socket = await this.#ports.bind(options.host, options.portRange);
    if (this.#closed) {
      await socket.close();
      this.#checkOpen();
    }
    const runtime = new LegRuntime(socket, this.#clock, this.#report, (closed) => {
      void this.#forget(closed);
    });
    this.#sockets += SOCKETS_PER_LEG;
    this.#legs = [...this.#legs, runtime];
    this.#ticker.start();
    return new MediaLeg(runtime);
  }

  /**
   * Makes an empty bridge. Close it when the conversation is over.
   *
   * @throws MediaError `CLOSED`.
   */
  createBridge(): AudioBridge {
    this.#checkOpen();
    const mixer = new BridgeMixer(this.#report);
    const bridge = new AudioBridge(mixer, () => {
      this.#bridges = this.#bridges.filter((other) => other.mixer !== mixer);
    });
    this.#bridges = [...this.#bridges, { bridge, mixer }];
    return bridge;
  }

  /** Closes all bridges and legs; resolves when their ports are free. May be called again. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { bridge } of this.#bridges) {
      bridge.close();
    }
    await Promise.all(this.#legs.map((runtime) => runtime.close()));
    await this.#ports.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #forget(runtime: LegRuntime): Promise<void> {
    this.#legs = this.#legs.filter((other) => other !== runtime);
    this.#lostBefore += runtime.stats().packetsLost;
    if (this.#legs.length === 0) {
      this.#ticker.stop();
    }
    await runtime.socket.close();
    this.#sockets -= SOCKETS_PER_LEG;
  }

  /** All that came is taken before anyone is heard, everyone heard before anyone is mixed, and mixed before anything is sent. */
  #tick(skippedTicks: number): void {
    this.#ports.tick();
    const legs = this.#legs;
    const nowMs = this.#clock.now();
    for (const runtime of legs) {
      runtime.receiveTick(nowMs);
    }
    for (const { mixer } of this.#bridges) {
      mixer.tick();
    }
    for (const runtime of legs) {
      runtime.sendTick(skippedTicks);
    }
  }

  #checkOpen(): void {
    if (this.#closed) {
      throw new MediaError('CLOSED', 'The media engine is closed');
    }
  }
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
