import type { Clock } from '../base/clock.ts';
import type { CustomerSocket, SocketEnd } from './customer-socket.ts';
import { readStreamMessage, type StreamMessage } from './stream-message.ts';

export type StreamTrack = 'inbound' | 'outbound';

export interface MediaStreamOptions {
  readonly streamSid: string;
  readonly accountSid: string;
  readonly callSid: string;
  readonly tracks: readonly StreamTrack[];
  readonly customParameters: Readonly<Record<string, string>>;
  /** What the customer's server says counts; else each message of it is one too many. */
  readonly isBidirectional: boolean;
  readonly clock: Clock;
  /** What is to be done of what the customer's server says. */
  readonly onMessage: (message: StreamMessage) => void;
  /** Something is wrong with what the customer's server does; each kind is told once. */
  readonly onProblem: (kind: StreamProblem, problem: string) => void;
}

/** Overflow: it takes too slowly. Malformed: a binary message. Invalid: a message that cannot be read. */
export type StreamProblem = 'overflow' | 'malformed' | 'invalid';

/** Sound that waits in this process for a server that does not take it: ten seconds and more of both tracks. */
const WAITING_MAX_BYTES = 512 * 1024;

/** What is sent every 20 ms is put together from pieces that are made once. */
interface TrackPieces {
  readonly track: string;
  chunk: number;
}

/**
 * The messages of one media stream: says `connected` and `start` at once, and `stop` at the end.
 * Twilio: voice/media-streams/websocket-messages
 */
export class MediaStream {
  readonly ended: Promise<SocketEnd>;
  readonly #socket: CustomerSocket;
  readonly #options: MediaStreamOptions;
  readonly #startedMs: number;
  readonly #tail: string;
  readonly #tracks: Readonly<Record<StreamTrack, TrackPieces>> = {
    inbound: { track: '","media":{"track":"inbound","chunk":"', chunk: 0 },
    outbound: { track: '","media":{"track":"outbound","chunk":"', chunk: 0 },
  };
  readonly #told = new Set<StreamProblem>();
  #sequenceNumber = 0;
  #isStopped = false;

  constructor(socket: CustomerSocket, options: MediaStreamOptions) {
    const { streamSid, accountSid, callSid, tracks, customParameters, clock } = options;
    this.#socket = socket;
    this.#options = options;
    this.ended = socket.ended;
    this.#startedMs = clock.elapsedMs();
    this.#tail = `"},"streamSid":"${streamSid}"}`;
    socket.send('{"event":"connected","protocol":"Call","version":"1.0.0"}');
    this.#say('start', {
      start: {
        accountSid,
        streamSid,
        callSid,
        tracks,
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters,
      },
    });
    socket.onMessage((text) => this.#hear(text));
  }

  /** Sends 20 ms of sound, Base64 of mu-law. A server that takes too slowly misses some. */
  media(track: StreamTrack, payload: string): void {
    if (this.#isStopped) return;
    const pieces = this.#tracks[track];
    pieces.chunk += 1;
    if (this.#socket.bufferedBytes > WAITING_MAX_BYTES) {
      this.#tell('overflow', `${WAITING_MAX_BYTES} bytes wait to be taken`);
      return;
    }
    this.#sequenceNumber += 1;
    const timestamp = Math.round(this.#options.clock.elapsedMs() - this.#startedMs);
    this.#socket.send(
      `{"event":"media","sequenceNumber":"${this.#sequenceNumber}${pieces.track}${pieces.chunk}","timestamp":"${timestamp}","payload":"${payload}${this.#tail}`,
    );
  }

  dtmf(digit: string): void {
    this.#say('dtmf', { dtmf: { track: 'inbound_track', digit } });
  }

  /** What was sent before the mark has been played, or thrown away. */
  mark(name: string): void {
    this.#say('mark', { mark: { name } });
  }

  /** Says that it is over, and closes. Resolves when it is closed. May be called again. */
  async stop(): Promise<void> {
    const { accountSid, callSid } = this.#options;
    this.#say('stop', { stop: { accountSid, callSid } });
    this.#isStopped = true;
    await this.#socket.close();
  }

  #say(event: string, content: Readonly<Record<string, unknown>>): void {
    // A server that asks for a million marks and reads none of them does not fill our memory.
    if (this.#isStopped || this.#socket.bufferedBytes > 2 * WAITING_MAX_BYTES) return;
    this.#sequenceNumber += 1;
    const { streamSid } = this.#options;
    const sequenceNumber = String(this.#sequenceNumber);
    this.#socket.send(JSON.stringify({ event, sequenceNumber, ...content, streamSid }));
  }

  #hear(text: string | undefined): void {
    if (this.#isStopped) return;
    if (text === undefined) {
      this.#tell('malformed', 'it is binary; JSON in a text message is expected');
      return;
    }
    if (!this.#options.isBidirectional) {
      this.#tell('invalid', 'this stream takes none: <Start><Stream> goes one way');
      return;
    }
    const read = readStreamMessage(text, this.#options.streamSid);
    if (!read.ok) {
      this.#tell('invalid', read.problem);
      return;
    }
    if (read.unread.length > 0) {
      this.#tell('invalid', `nobody reads ${read.unread.slice(0, 10).join(', ')} of it`);
    }
    this.#options.onMessage(read.message);
  }

  #tell(kind: StreamProblem, problem: string): void {
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    this.#options.onProblem(kind, problem);
  }
}
