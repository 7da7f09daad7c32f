import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';

import type { SipClock } from '../clock.ts';
import { errorCode, SipTransportError } from '../errors.ts';
import type { StreamDriver } from './stream-driver.ts';
import { StreamFramer } from './stream-framer.ts';
import { type Remote, remoteText, type Source, type TransportEvents } from './transport.ts';

/** How long a peer may take over one message, or say nothing at all after connecting. */
const MESSAGE_TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** Unsent bytes, beside what the kernel holds, at which a peer counts as gone. */
const MAX_BACKLOG_BYTES = 1024 * 1024;
/** The same for a peer that wants more keep-alives: each of two bytes takes many to queue. */
const MAX_BACKLOG_AT_PING_BYTES = 64 * 1024;
/** How often the kernel asks a silent peer whether it still lives. */
const KEEP_ALIVE_MS = 60_000;
/** When a stream that we opened is pinged, drawn so that not all are at once: RFC 5626 §4.4.1. */
const PING_LEAST_MS = 96_000;
const PING_MOST_MS = 120_000;
/** How long a peer may take over its pong: RFC 5626 §4.4.1. */
const PONG_TIMEOUT_MS = 10_000;
/** A stream that we opened and that has carried no message for so long is of no use to a call. */
const IDLE_MS = 3_600_000;

export interface StreamConnectionOptions {
  readonly id: number;
  readonly socket: Socket;
  readonly driver: StreamDriver;
  readonly remote: Remote;
  /** True when we connect: it has a connect timeout, and need not hear anything back. */
  readonly outgoing: boolean;
  readonly clock: SipClock;
  readonly events: TransportEvents;
  readonly onClose: () => void;
}

/**
 * One stream. It closes itself on errors, on timeouts and on bytes it cannot frame. One that we opened is kept alive as
 * long as it is of use, and closed when a peer that has answered pings answers no more: RFC 5626 §4.4.1.
 */
export class StreamConnection {
  readonly id: number;
  readonly remote: Remote;
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #driver: StreamDriver;
  readonly #clock: SipClock;
  readonly #events: TransportEvents;
  readonly #framer = new StreamFramer();
  readonly #opened: Promise<void>;
  #stopTimer: (() => void) | undefined;
  #stopPing: () => void = () => undefined;
  #stopPongTimer: (() => void) | undefined;
  /** Not every peer answers pings (RFC 3261 §7.5): only from one that has is an answer expected. */
  #answersPings = false;
  #isPinged = false;
  #messageAt: number;
  readonly #closeListeners = new Set<() => void>();

  constructor(options: StreamConnectionOptions) {
    this.id = options.id;
    this.remote = options.remote;
    this.#socket = options.socket;
    this.#driver = options.driver;
    this.#clock = options.clock;
    this.#events = options.events;
    this.#messageAt = options.clock.now();
    const { socket } = options;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.#opened = options.outgoing ? this.#opening() : Promise.resolve();
    // A refused connection is the sender's to report; nobody else waits for it.
    this.#opened.catch(() => undefined);
    this.#startTimer(options.outgoing ? CONNECT_TIMEOUT_MS : MESSAGE_TIMEOUT_MS);
    socket.on('data', (chunk: Buffer) => {
      this.#onChunk(chunk);
    });
    socket.on('error', (cause) => {
      this.#problem(this.#driver.explain(cause), cause);
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#stopTimer?.();
        this.#stopTimer = undefined;
        this.#stopPing();
        this.#stopPongTimer?.();
        options.onClose();
        for (const listener of this.#closeListeners) listener();
        resolve();
      });
    });
  }

  async send(bytes: Buffer): Promise<void> {
    await this.#opened;
    this.#messageAt = this.#clock.now();
    this.#dropIfBehind(MAX_BACKLOG_BYTES - bytes.length);
    await new Promise<void>((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new SipTransportError('Connection is closed', { code: 'EPIPE' }));
        return;
      }
      this.#socket.write(bytes, (cause) => {
        if (cause === undefined || cause === null) resolve();
        else reject(new SipTransportError(cause.message, { code: errorCode(cause), cause }));
      });
    });
  }

  /** Calls `listener` when it closes, until stopped. */
  onClosed(listener: () => void): () => void {
    this.#closeListeners.add(listener);
    return () => {
      this.#closeListeners.delete(listener);
    };
  }

  /** Sends what is queued, then closes. */
  end(): void {
    this.#socket.end(() => {
      this.destroy();
    });
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #opening(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once(this.#driver.connected, () => {
        this.#stopTimer?.();
        this.#stopTimer = undefined;
        this.#pingLater();
        resolve();
      });
      this.#socket.once('error', (cause) => {
        reject(
          new SipTransportError(
            `Cannot connect to ${remoteText(this.remote)}: ${this.#driver.explain(cause)}`,
            { code: errorCode(cause), cause },
          ),
        );
      });
      this.#socket.once('close', () => {
        reject(
          new SipTransportError(`Cannot connect to ${remoteText(this.remote)}`, {
            code: 'ETIMEDOUT',
          }),
        );
      });
    });
  }

  #onChunk(chunk: Buffer): void {
    const source: Source = { ...this.remote, connection: this.id };
    let complete = false;
    let pings = 0;
    // Whatever comes says that the peer lives.
    this.#stopPongTimer?.();
    this.#stopPongTimer = undefined;
    for (const frame of this.#framer.push(chunk)) {
      switch (frame.type) {
        case 'message':
          complete = true;
          this.#messageAt = this.#clock.now();
          this.#events.onData(frame.bytes, source);
          break;
        case 'ping':
          complete = true;
          pings += 1;
          break;
        case 'pong':
          // Some peers end each message with one more CRLF.
          if (this.#isPinged && !complete) this.#answersPings = true;
          complete = true;
          break;
        case 'broken':
          this.#problem(frame.reason);
          this.destroy();
          return;
        default:
          break;
      }
    }
    if (pings > 0) this.#pong(pings);
    if (!this.#framer.partial) {
      this.#stopTimer?.();
      this.#stopTimer = undefined;
    } else if (complete || this.#stopTimer === undefined) this.#startTimer(MESSAGE_TIMEOUT_MS);
  }

  // One write for all, as a stream of nothing else costs its sender next to nothing.
  #pong(count: number): void {
    this.#dropIfBehind(MAX_BACKLOG_AT_PING_BYTES);
    if (!this.#socket.destroyed) this.#socket.write('\r\n'.repeat(count));
  }

  #pingLater(): void {
    this.#stopPing = this.#clock.after(randomInt(PING_LEAST_MS, PING_MOST_MS), () => {
      this.#ping();
    });
  }

  #ping(): void {
    if (this.#clock.now() - this.#messageAt >= IDLE_MS) {
      this.end();
      return;
    }
    this.#dropIfBehind(MAX_BACKLOG_AT_PING_BYTES);
    if (this.#socket.destroyed) return;
    this.#socket.write('\r\n\r\n');
    this.#isPinged = true;
    if (this.#answersPings) {
      this.#stopPongTimer = this.#clock.after(PONG_TIMEOUT_MS, () => {
        this.#problem(`Closed: keep-alive not answered within ${PONG_TIMEOUT_MS / 1000} s`);
        this.destroy();
      });
    }
    this.#pingLater();
  }

  /** A peer that sends and does not read would have all its answers kept for it. */
  #dropIfBehind(mostBytes: number): void {
    const { destroyed, writableLength } = this.#socket;
    if (destroyed || writableLength <= mostBytes) return;
    this.#problem(`Closed with ${writableLength} bytes that the peer does not read`);
    this.destroy();
  }

  #startTimer(ms: number): void {
    this.#stopTimer?.();
    this.#stopTimer = this.#clock.after(ms, () => {
      this.#problem('Timed out with a message or connection half open');
      this.destroy();
    });
  }

  #problem(message: string, cause?: unknown): void {
    const remote = remoteText(this.remote);
    this.#events.onProblem({ kind: 'connection', message, remote, cause });
  }
}
