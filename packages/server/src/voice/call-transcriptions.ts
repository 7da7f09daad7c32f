import { SpeechError, SpeechListener, type SpeechResult } from '@tutti/media';
import { endLiveTranscription, tellLiveTranscription } from '../actions/tell-live-transcription.ts';
import { refusal } from '../base/app-error.ts';
import type { CallOrder } from '../model/bus-message.ts';
import { isLive } from '../model/call.ts';
import type { LiveTranscription, LiveTranscriptionSettings } from '../model/live-transcription.ts';
import { findCall } from '../store/calls.ts';
import { findLiveTranscription } from '../store/live-transcriptions.ts';
import type { New } from '../store/schema.ts';
import { aborted } from './aborted.ts';
import type { VoiceContext } from './context.ts';
import { hintsOf } from './hints.ts';
import type { Leg } from './leg.ts';
import type { LiveCall } from './live-call.ts';
import { StableWords } from './stable-words.ts';

const SILENT_FRAME = new Int16Array(160);
/** Twilio: errors 32651, of the provider */
const PROVIDER_ERROR = '32651';

type Track = 'inbound_track' | 'outbound_track';
type Row = New<LiveTranscription>;

/** A transcription under way. */
export interface CallTranscription {
  readonly row: Row;
  /** Ends it: what was said until then is still told. May be called again. Never rejects. */
  stop(): Promise<void>;
}

/** The transcriptions of this node's calls. Twilio: voice/twiml/transcription */
export class CallTranscriptions {
  readonly #open = new Map<string, CallTranscription>();

  get size(): number {
    return this.#open.size;
  }

  /** Those of a call, in the order they began. */
  ofCall(callSid: string): CallTranscription[] {
    return [...this.#open.values()].filter(({ row }) => row.callSid === callSid);
  }

  /** Listens until it is stopped, or the call ends. */
  begin(live: LiveCall, leg: Leg, row: Row): CallTranscription {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, live.over.signal]);
    const ended = listen(live, leg, row, signal).finally(() => this.#open.delete(row.sid));
    const transcription: CallTranscription = {
      row,
      stop: () => {
        stop.abort();
        return ended;
      },
    };
    this.#open.set(row.sid, transcription);
    live.context.track(ended);
    return transcription;
  }

  /** Carries out what the API asks; of a call that is over, the transcription comes to nothing. */
  async carryOut(
    context: VoiceContext,
    live: LiveCall | undefined,
    order: Extract<CallOrder, { transcriptionSid: string }>,
  ): Promise<void> {
    const { transcriptionSid: sid } = order;
    const transcription = this.#open.get(sid);
    if (order.kind === 'stop-transcription') {
      await (transcription?.stop() ?? endLiveTranscription(context.actions, sid));
      return;
    }
    const row = await findLiveTranscription(context.actions.db, sid);
    if (row?.status !== 'in-progress' || transcription !== undefined) return;
    if (live?.leg !== undefined && !live.over.signal.aborted) {
      this.begin(live, live.leg, row);
      return;
    }
    const call = await findCall(context.actions.db, row.callSid);
    // One that lives elsewhere is somebody else's to hear.
    if (live !== undefined || call === undefined || !isLive(call)) {
      await endLiveTranscription(context.actions, sid);
    }
  }
}

/** Tells what is said until `signal` is aborted. Never rejects. */
async function listen(live: LiveCall, leg: Leg, row: Row, signal: AbortSignal): Promise<void> {
  const { actions, recognition, closing, log } = live.context;
  const settings = JSON.parse(row.settings) as LiveTranscriptionSettings;
  /** One after another, so that they are numbered in the order of what happened. */
  let told: Promise<void> = Promise.resolve();
  const tell = (
    ...event: Parameters<typeof tellLiveTranscription> extends [unknown, unknown, ...infer E]
      ? E
      : never
  ): void => {
    told = told
      .then(() => tellLiveTranscription(actions, row.sid, ...event))
      .catch((err: unknown) => log.error({ err, transcriptionSid: row.sid }, 'words not told'));
  };
  const failed = (error: SpeechError): void => {
    const problem = `What was said on the call could not be transcribed: ${error.message}`;
    live.context.track(live.alerts.of(refusal('speechEngineMissing', { problem })));
    tell('transcription-error', {
      TranscriptionErrorCode: PROVIDER_ERROR,
      TranscriptionError: error.message,
    });
  };
  try {
    await recognition.check(settings.languageCode);
    tell('transcription-started', startedParameters(row, settings, recognition.name));
    const hear = (track: Track): SpeechListener => {
      const words = new StableWords();
      return new SpeechListener(recognition, {
        language: settings.languageCode,
        hints: hintsOf(settings.hints ?? undefined),
        partialResults: settings.partialResults,
        onResult: (result) => {
          if (result.transcript === '') return;
          tell('transcription-content', contentParameters(settings, track, result, words));
        },
        onError: failed,
      });
    };
    const { track } = settings;
    const inbound = track === 'outbound_track' ? undefined : hear('inbound_track');
    const outbound = track === 'inbound_track' ? undefined : hear('outbound_track');
    const stop = leg.media.onFrames(({ said, heard }) => {
      inbound?.push(said ?? SILENT_FRAME);
      outbound?.push(heard ?? SILENT_FRAME);
    });
    // A server that stops does not wait for an engine.
    const giveUp = (): void => {
      inbound?.close();
      outbound?.close();
    };
    closing.addEventListener('abort', giveUp, { once: true });
    await aborted(signal);
    stop();
    await Promise.all([inbound?.finish(), outbound?.finish()]);
    closing.removeEventListener('abort', giveUp);
  } catch (error) {
    if (error instanceof SpeechError) failed(error);
    else log.error({ err: error, transcriptionSid: row.sid }, 'live transcription failed');
  }
  await told;
  try {
    await endLiveTranscription(actions, row.sid);
  } catch (err) {
    // The next start writes it, if this does not.
    log.error({ err, transcriptionSid: row.sid }, 'end of transcription not written');
  }
}

function startedParameters(
  { name, sid }: Row,
  settings: LiveTranscriptionSettings,
  engine: string,
): Readonly<Record<string, string>> {
  const { inboundTrackLabel, outboundTrackLabel } = settings;
  return {
    ProviderConfiguration: '{}',
    TranscriptionEngine: engine,
    Name: name ?? sid,
    Track: settings.track,
    ...(inboundTrackLabel === null ? {} : { InboundTrackLabel: inboundTrackLabel }),
    ...(outboundTrackLabel === null ? {} : { OutboundTrackLabel: outboundTrackLabel }),
    PartialResults: String(settings.partialResults),
    LanguageCode: settings.languageCode,
  };
}

function contentParameters(
  { languageCode }: LiveTranscriptionSettings,
  track: Track,
  result: SpeechResult,
  words: StableWords,
): Readonly<Record<string, string>> {
  const { transcript, confidence, isFinal } = result;
  return {
    LanguageCode: languageCode,
    Track: track,
    // What is undefined is left out.
    TranscriptionData: JSON.stringify({ transcript, confidence }),
    Final: String(isFinal),
    ...(isFinal ? {} : { Stability: words.next(result).share.toFixed(2) }),
  };
}
