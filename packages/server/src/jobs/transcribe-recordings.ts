import { readFile } from 'node:fs/promises';
import type { Sid } from '@tutti/ids';
import { decodeAudio, recognizeRecording, SpeechError, type RecognitionEngine } from '@tutti/media';
import type { ActionContext } from '../actions/context.ts';
import { finishTranscription, type TranscriptionOutcome } from '../actions/finish-transcription.ts';
import { refusal } from '../base/app-error.ts';
import type { Log } from '../base/log.ts';
import { SPOKEN_LANGUAGE } from '../model/conductor.ts';
import type { Transcription } from '../model/transcription.ts';
import type { MediaFiles } from '../store/media-files.ts';
import { findRecording } from '../store/recordings.ts';
import { findTranscription, listPendingTranscriptions } from '../store/transcriptions.ts';
import { outlast } from './outlast.ts';

/** At once: each holds two minutes of sound, and engines have live callers to hear. */
const MAX_RUNNING = 2;

/** Makes the words of recordings, in the order in which they are asked for. */
export class TranscribeRecordings {
  readonly #context: ActionContext;
  readonly #files: MediaFiles;
  readonly #recognition: RecognitionEngine;
  readonly #log: Log;
  readonly #stop = new AbortController();
  /** Waiting or running. */
  readonly #known = new Set<Sid<'TR'>>();
  readonly #waiting: Sid<'TR'>[] = [];
  readonly #running = new Set<Promise<void>>();

  constructor(options: {
    readonly context: ActionContext;
    readonly files: MediaFiles;
    readonly recognition: RecognitionEngine;
    readonly log: Log;
  }) {
    this.#context = options.context;
    this.#files = options.files;
    this.#recognition = options.recognition;
    this.#log = options.log;
  }

  /** Begins when there is room. One that is under way is not begun again. */
  add(sid: Sid<'TR'>): void {
    if (this.#known.has(sid) || this.#stop.signal.aborted) return;
    this.#known.add(sid);
    this.#waiting.push(sid);
    this.#next();
  }

  /** Takes up what a process left that is no more. */
  async resume(): Promise<void> {
    for (const sid of await listPendingTranscriptions(this.#context.db)) this.add(sid);
  }

  /** Gives up what is under way: the next start takes it up. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  #next(): void {
    if (this.#running.size >= MAX_RUNNING || this.#stop.signal.aborted) return;
    const sid = this.#waiting.shift();
    if (sid === undefined) return;
    const running = this.#run(sid).finally(() => {
      this.#running.delete(running);
      this.#known.delete(sid);
      this.#next();
    });
    this.#running.add(running);
  }

  /** Never rejects. */
  async #run(sid: Sid<'TR'>): Promise<void> {
    const { signal } = this.#stop;
    try {
      const transcription = await outlast(this.#context, signal, () =>
        findTranscription(this.#context.db, sid),
      );
      if (transcription?.status !== 'in-progress') return;
      const outcome = await this.#transcribe(transcription).catch((err: unknown) => {
        if (signal.aborted) throw err;
        this.#log.error({ err, transcriptionSid: sid }, 'transcription failed');
        return unavailable(transcription.recordingSid, 'Of an error in the server.');
      });
      if (signal.aborted) return;
      await outlast(this.#context, signal, () => finishTranscription(this.#context, sid, outcome));
    } catch (err) {
      // The next start takes it up.
      if (!signal.aborted)
        this.#log.error({ err, transcriptionSid: sid }, 'transcription not written');
    }
  }

  async #transcribe({ recordingSid: sid }: Transcription): Promise<TranscriptionOutcome> {
    const { signal } = this.#stop;
    const recording = await outlast(this.#context, signal, () =>
      findRecording(this.#context.db, sid),
    );
    const isThere = recording !== undefined && (await this.#files.dateOf(sid)) !== undefined;
    if (!isThere) {
      return unavailable(sid, recording === undefined ? 'It was deleted.' : 'Its file is gone.');
    }
    const decoded = decodeAudio(await readFile(await this.#files.pathOf(sid)), 'audio/wav');
    if (!decoded.ok) return unavailable(sid, `${decoded.error.message}.`);
    try {
      await this.#recognition.check(SPOKEN_LANGUAGE);
      const text = await recognizeRecording(this.#recognition, {
        samples: decoded.value.samples,
        language: SPOKEN_LANGUAGE,
        signal,
      });
      return { text };
    } catch (error) {
      if (!(error instanceof SpeechError)) throw error;
      const problem = `Recording ${sid} could not be transcribed: ${error.message}`;
      return { error: refusal('speechEngineMissing', { problem }) };
    }
  }
}

function unavailable(sid: Sid<'RE'>, problem: string): TranscriptionOutcome {
  return { error: refusal('transcriptionUnavailable', { sid, problem }) };
}
