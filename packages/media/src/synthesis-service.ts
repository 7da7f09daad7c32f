import type { SpeechEngine, SpeechRequest } from './speech-engine.ts';
import { SAMPLE_RATE_HZ } from './frame.ts';
import { loadAudio } from './load-audio.ts';
import { resample } from './resample.ts';
import { SpeechCache } from './speech-cache.ts';
import { SpeechError } from './speech-engine.ts';
import { askSpeechService, type SpeechServiceOptions } from './speech-service.ts';
import { plainText, type SpeechStyle } from './speech-style.ts';
import { Turns } from './turns.ts';

/** Options of a service that speaks. */
export interface SynthesisServiceOptions extends SpeechServiceOptions {
  /** Its name of the voice that speaks when a request names none. */
  readonly voice: string;
  /** Finished speech kept in memory; the least recently used goes first; default 16 MiB. */
  readonly cacheBytes?: number | undefined;
}

const MAX_ANSWER_BYTES = 40_000_000;
const DEFAULT_MAX_REQUESTS = 8;
const DEFAULT_CACHE_BYTES = 16 * 1024 * 1024;
/** Of `pcm`: 16-bit, little-endian, without a header, where the type names no rate. */
const PCM_RATE_HZ = 24_000;

/**
 * Speech by an HTTP service that takes `POST /audio/speech` as OpenAI's does: JSON, answered with WAV, MP3 or raw PCM. The
 * language is in the text and in the voice.
 *
 * Source: https://platform.openai.com/docs/api-reference/audio/createSpeech
 */
export function createSynthesisService(options: SynthesisServiceOptions): SpeechEngine {
  return new SynthesisService(options);
}

class SynthesisService implements SpeechEngine {
  readonly name = 'http';
  readonly carries: ReadonlySet<keyof SpeechStyle> = new Set(['spell'] as const);
  readonly #options: SynthesisServiceOptions;
  readonly #cache: SpeechCache;
  readonly #turns: Turns;

  constructor(options: SynthesisServiceOptions) {
    this.#options = options;
    this.#cache = new SpeechCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES);
    this.#turns = new Turns(options.maxRequests ?? DEFAULT_MAX_REQUESTS);
  }

  async synthesize({ text, voice, signal }: SpeechRequest): Promise<{ samples: Int16Array }> {
    const { model } = this.#options;
    const input = plainText(text).trim();
    if (input === '') return { samples: new Int16Array(0) };
    const spoken = { model, input, voice: voice ?? this.#options.voice, response_format: 'wav' };
    const key = `${spoken.voice}\n${input}`;
    let samples = this.#cache.get(key);
    if (samples === undefined) {
      samples = await this.#turns.run(async () => {
        const body = JSON.stringify(spoken);
        const ask = { body, maxBytes: MAX_ANSWER_BYTES, signal };
        const { bytes, contentType } = await askSpeechService(this.#options, '/audio/speech', ask);
        return readSpeech(bytes, contentType);
      });
      this.#cache.set(key, samples);
    }
    return { samples };
  }
}

async function readSpeech(bytes: Uint8Array, contentType: string): Promise<Int16Array> {
  if (/^audio\/(?:x-)?pcm\b/i.test(contentType)) {
    const rate = Number(/;\s*rate=(\d{4,6})\b/i.exec(contentType)?.[1] ?? PCM_RATE_HZ);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const samples = Int16Array.from({ length: bytes.length >> 1 }, (_, at) =>
      view.getInt16(2 * at, true),
    );
    return resample(samples, rate, SAMPLE_RATE_HZ);
  }
  const audio = await loadAudio(bytes, contentType);
  if (audio.ok) return audio.value.samples;
  throw new SpeechError('FAILED', `The speech that came back: ${audio.error.message}`);
}
