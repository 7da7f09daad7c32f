import { SAMPLE_RATE_HZ } from './frame.ts';
import type { RecognitionEngine, RecognitionRequest, Recognized } from './recognition-engine.ts';
import { SpeechError } from './speech-engine.ts';
import { askSpeechService, type SpeechServiceOptions } from './speech-service.ts';
import { Turns } from './turns.ts';
import { encodeWav } from './wav.ts';

const MAX_ANSWER_BYTES = 4_000_000;
const DEFAULT_MAX_REQUESTS = 8;

/**
 * Recognition by an HTTP service that takes `POST /audio/transcriptions` as OpenAI's does: multipart
 * with a WAV file, answered in JSON.
 *
 * Source: https://platform.openai.com/docs/api-reference/audio/createTranscription
 */
export function createTranscriptionService(options: SpeechServiceOptions): RecognitionEngine {
  return new TranscriptionService(options);
}

class TranscriptionService implements RecognitionEngine {
  readonly name = 'http';
  readonly #options: SpeechServiceOptions;
  readonly #turns: Turns;

  constructor(options: SpeechServiceOptions) {
    this.#options = options;
    this.#turns = new Turns(options.maxRequests ?? DEFAULT_MAX_REQUESTS);
  }

  /** Which languages a service has, only a request tells. */
  async check(): Promise<void> {}

  async recognize(request: RecognitionRequest): Promise<Recognized> {
    const { samples, language, hints = [], signal } = request;
    const { model } = this.#options;
    const body = new FormData();
    const wav = new Uint8Array(encodeWav(samples, SAMPLE_RATE_HZ));
    body.append('file', new Blob([wav], { type: 'audio/wav' }), 'speech.wav');
    body.append('model', model);
    body.append('language', language.split('-', 1)[0]?.toLowerCase() ?? '');
    if (hints.length > 0) body.append('prompt', hints.join(', '));
    // Models of that family answer without segments; their tokens have probabilities in place of them.
    if (/^gpt-/i.test(model)) {
      body.append('response_format', 'json');
      body.append('include[]', 'logprobs');
    } else {
      body.append('response_format', 'verbose_json');
    }
    const { bytes } = await this.#turns.run(() =>
      askSpeechService(this.#options, '/audio/transcriptions', {
        body,
        maxBytes: MAX_ANSWER_BYTES,
        signal,
      }),
    );
    return readAnswer(new TextDecoder().decode(bytes));
  }
}

function readAnswer(text: string): Recognized {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    throw new SpeechError('FAILED', `The transcription is no JSON: ${text.slice(0, 100)}`, {
      cause,
    });
  }
  const transcript = memberOf(answer, 'text');
  if (typeof transcript !== 'string') {
    throw new SpeechError('FAILED', `The transcription has no text: ${text.slice(0, 100)}`);
  }
  return { transcript: transcript.trim(), confidence: confidenceOf(answer) };
}

/** Both figures are natural logarithms of probabilities. */
function confidenceOf(answer: unknown): number | undefined {
  const logs = [
    ...listOf(memberOf(answer, 'segments')).map((each) => memberOf(each, 'avg_logprob')),
    ...listOf(memberOf(answer, 'logprobs')).map((each) => memberOf(each, 'logprob')),
  ].filter((each) => typeof each === 'number');
  if (logs.length === 0) return undefined;
  return Math.min(1, Math.exp(logs.reduce((sum, each) => sum + each, 0) / logs.length));
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
