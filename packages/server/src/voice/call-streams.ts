import type { MediaLeg } from '@tutti/media';
import { announceStreamStarted } from '../actions/start-stream.ts';
import { endStream } from '../actions/stop-stream.ts';
import { refusal, type RequestError } from '../base/app-error.ts';
import type { SocketEnd, SocketFailure } from '../callback/customer-socket.ts';
import { MediaStream, type StreamProblem, type StreamTrack } from '../callback/media-stream.ts';
import { readSocketTarget, shownUrl } from '../callback/target.ts';
import type { CallOrder } from '../model/bus-message.ts';
import { isLive } from '../model/call.ts';
import type { MediaStreamRecord } from '../model/media-stream.ts';
import { findCall } from '../store/calls.ts';
import { findMediaStream } from '../store/media-streams.ts';
import type { New } from '../store/schema.ts';
import { aborted } from './aborted.ts';
import type { VoiceContext } from './context.ts';
import type { Leg } from './leg.ts';
import type { LiveCall } from './live-call.ts';
import { StreamPlayback } from './stream-playback.ts';
import { TrackTap } from './track-tap.ts';

/** How long a customer's server has to open the WebSocket: a caller may be listening to nothing meanwhile. */
const CONNECT_MS = 5000;
/** As Twilio's own. */
const USER_AGENT = 'Twilio.TmeWs/1.0';

/** A stream under way. */
export interface CallStream {
  readonly row: New<MediaStreamRecord>;
  /** Resolves when it is over and its row says so: with what it failed of, which an alert has said. */
  readonly ended: Promise<RequestError | undefined>;
  /** Ends it. Resolves when it is closed. May be called again. Never rejects. */
  stop(): Promise<void>;
}

interface BeginStream {
  /** `<Connect>`: what the customer's server sends is heard, and keys are told. */
  readonly isBidirectional: boolean;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** The media streams of this node's calls. Twilio: voice/media-streams */
export class CallStreams {
  readonly #streams = new Map<string, CallStream>();
  readonly #taps = new WeakMap<MediaLeg, TrackTap>();

  get size(): number {
    return this.#streams.size;
  }

  /** Those of a call, in the order they began. */
  ofCall(callSid: string): CallStream[] {
    return [...this.#streams.values()].filter(({ row }) => row.callSid === callSid);
  }

  /** Connects to the customer's server, and streams until something ends it. */
  begin(live: LiveCall, leg: Leg, row: New<MediaStreamRecord>, options: BeginStream): CallStream {
    const stop = new AbortController();
    const { context } = live;
    const ended = this.#run(live, leg, row, { ...options, signal: stop.signal });
    const over = (): void => stop.abort();
    options.signal.addEventListener('abort', over, { once: true });
    if (options.signal.aborted) over();
    const stream: CallStream = {
      row,
      ended,
      stop: async () => {
        stop.abort();
        await ended;
      },
    };
    this.#streams.set(row.sid, stream);
    const settled = async (): Promise<void> => {
      await ended;
      options.signal.removeEventListener('abort', over);
      this.#streams.delete(row.sid);
    };
    context.track(settled());
    return stream;
  }

  /** Carries out what the API asks; of a call that is over, the stream comes to nothing. */
  async carryOut(
    context: VoiceContext,
    live: LiveCall | undefined,
    order: Extract<CallOrder, { streamSid: string }>,
  ): Promise<void> {
    const stream = this.#streams.get(order.streamSid);
    if (order.kind === 'stop-stream') {
      await stream?.stop();
      return;
    }
    const row = await findMediaStream(context.actions.db, order.streamSid);
    if (row?.status !== 'in-progress' || stream !== undefined) return;
    if (live?.leg !== undefined && !live.over.signal.aborted) {
      this.begin(live, live.leg, row, { isBidirectional: false, signal: live.over.signal });
      return;
    }
    const call = await findCall(context.actions.db, row.callSid);
    // One that lives elsewhere is somebody else's to stream.
    if (live !== undefined || call === undefined || !isLive(call)) {
      await endStream(context.actions, row.sid);
    }
  }

  /** Never rejects. */
  async #run(
    live: LiveCall,
    leg: Leg,
    row: New<MediaStreamRecord>,
    options: BeginStream,
  ): Promise<RequestError | undefined> {
    const { actions, log } = live.context;
    const { sid: streamSid, callSid } = row;
    let error: RequestError | undefined;
    try {
      error = await this.#stream(live, leg, row, options);
    } catch (err) {
      log.error({ err, callSid, streamSid }, 'stream failed');
      const url = shownUrl(row.url);
      error = refusal('streamFailed', {
        sid: streamSid,
        url,
        problem: 'of an error in the server',
      });
    }
    const told = error && live.alerts.of(error);
    const written = endStream(actions, streamSid, error?.message);
    for (const outcome of await Promise.allSettled([told, written])) {
      if (outcome.status === 'fulfilled') continue;
      // The end of the call writes it, if this does not.
      log.error({ err: outcome.reason, callSid, streamSid }, 'end of stream not written');
    }
    return error;
  }

  /** Streams to the end; what it failed of. */
  async #stream(
    live: LiveCall,
    leg: Leg,
    row: New<MediaStreamRecord>,
    { isBidirectional, signal }: BeginStream,
  ): Promise<RequestError | undefined> {
    const { actions, config, log, track } = live.context;
    const { sid } = row;
    const url = shownUrl(row.url);
    const read = readSocketTarget(row.url);
    if (!read.ok) {
      return refusal(read.isScheme ? 'streamScheme' : 'streamUrl', { url, problem: read.problem });
    }
    if (read.target.scheme === 'ws') {
      if (config.mode === 'production') {
        return refusal('streamScheme', { url, problem: 'In production it must be wss://.' });
      }
      await live.alerts.of(refusal('streamPlain', { url }));
    }
    const opened = await actions.sender.open({
      target: read.target,
      authToken: await live.authToken(),
      userAgent: USER_AGENT,
      connectMs: CONNECT_MS,
      signal,
    });
    if (!opened.ok) return failureOf(opened.failure, sid, url);

    const tell = (kind: keyof typeof problems, problem: string): void =>
      track(live.alerts.of(refusal(problems[kind], { sid, url, problem })));
    let isDiscarding = false;
    const discarded = (problem: string): void => {
      if (!isDiscarding) tell('discarded', problem);
      isDiscarding = true;
    };
    const playback = new StreamPlayback((name) => stream.mark(name));
    const tracks = tracksOf(row);
    const stream = new MediaStream(opened.socket, {
      streamSid: sid,
      accountSid: row.accountSid,
      callSid: row.callSid,
      tracks,
      customParameters: JSON.parse(row.parameters) as Record<string, string>,
      isBidirectional,
      clock: actions.clock,
      onMessage: (message) => {
        if (message.event === 'clear') {
          playback.clear();
        } else if (message.event === 'media') {
          const bytes = playback.push(message.sound);
          if (bytes > 0) discarded('more than ten minutes of sound wait to be played');
        } else if (!playback.mark(message.name)) {
          discarded('too many marks wait to be passed');
        }
      },
      onProblem: tell,
    });
    log.info({ callSid: row.callSid, streamSid: sid, isBidirectional }, 'stream started');
    const stopListening = this.#tap(leg.media).listen(tracks, (name, payload) =>
      stream.media(name, payload),
    );
    const stopKeys = isBidirectional
      ? leg.media.onDigit((digit) => stream.dtmf(digit))
      : () => undefined;
    if (isBidirectional) track(leg.media.play(playback).then(() => undefined));
    let end: SocketEnd | undefined;
    try {
      await announceStreamStarted(actions, sid);
      end = await Promise.race([stream.ended, aborted(signal).then(() => undefined)]);
    } finally {
      stopListening();
      stopKeys();
      playback.end();
      await stream.stop();
      log.info({ callSid: row.callSid, streamSid: sid }, 'stream ended');
    }
    if (end !== undefined) return endOf(end, sid, url);
    return live.endedBy === 'silence' ? refusal('streamSilence', { sid, url }) : undefined;
  }

  #tap(leg: MediaLeg): TrackTap {
    const tap = this.#taps.get(leg) ?? new TrackTap(leg);
    this.#taps.set(leg, tap);
    return tap;
  }
}

const problems = {
  overflow: 'streamOverflow',
  discarded: 'streamDiscarded',
  malformed: 'streamMalformed',
  invalid: 'streamInvalid',
} as const satisfies Record<StreamProblem | 'discarded', string>;

const failures = {
  address: 'streamAddressRefused',
  timeout: 'streamConnectTimeout',
  refused: 'streamRefused',
  broken: 'streamBroken',
  unreachable: 'streamUnreachable',
  tls: 'streamTls',
  handshake: 'streamHandshake',
  unknown: 'streamFailed',
} as const satisfies Record<Exclude<SocketFailure['kind'], 'given-up'>, string>;

function failureOf(
  { kind, problem }: SocketFailure,
  sid: string,
  url: string,
): RequestError | undefined {
  return kind === 'given-up' ? undefined : refusal(failures[kind], { sid, url, problem });
}

/** Closing is how the customer's server ends a stream. RFC 6455 §7.4.1: normal, going away, no code given. */
const normalCloses = [1000, 1001, 1005];

function endOf(end: SocketEnd, sid: string, url: string): RequestError | undefined {
  switch (end.kind) {
    case 'broken':
      return refusal('streamBroken', { sid, url, problem: end.problem });
    case 'protocol':
      return refusal('streamProtocol', { sid, url, problem: end.problem });
    case 'closed': {
      const { code, reason } = end;
      if (normalCloses.includes(code)) return undefined;
      const problem = reason === '' ? String(code) : `${code} (${reason})`;
      return refusal('streamClosed', { sid, url, problem });
    }
  }
}

function tracksOf({ track }: Pick<MediaStreamRecord, 'track'>): readonly StreamTrack[] {
  if (track === 'both_tracks') return ['inbound', 'outbound'];
  return [track === 'inbound_track' ? 'inbound' : 'outbound'];
}
